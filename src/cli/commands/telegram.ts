import { chmodSync, statSync } from 'node:fs'
import { createInterface } from 'node:readline/promises'
import { createApi, type TelegramApi } from '../../bridges/telegram/api.ts'
import { type IncomingMessage, readUpdate, updateId } from '../../bridges/telegram/incoming.ts'
import { TelegramProblem } from '../../bridges/telegram/problem.ts'
import { editDotenv } from '../../config/edit-dotenv.ts'
import { loadConfig } from '../../config/load.ts'
import { settingsSchema } from '../../config/schema.ts'
import { requireHome } from '../../control/view/require-home.ts'
import { OrchestratorError } from '../../domain/errors.ts'
import { writeDurable } from '../../lib/atomic-file.ts'
import { lookAt } from '../../lib/read-state.ts'
import type { Command, Context } from '../context.ts'

/** Asks a person something on the terminal. */
export type Ask = (question: string) => Promise<string>

/** `telegram setup`: from BotFather to a bot that obeys, and nothing is written before it was asked. */
export const telegram: Command = async (context, [what]) => {
  if (what !== 'setup')
    throw new OrchestratorError('usage', `There is nothing called ${what} here.`, { hint: 'orchestrator telegram setup' })
  if (!context.out.isTerminal || !process.stdin.isTTY) {
    throw new OrchestratorError('usage', 'The setup asks questions, and nobody is at this terminal.', {
      hint: 'Set TELEGRAM_BOT_TOKEN and TELEGRAM_ALLOWED_USERS in .env; docs/telegram.md says how to find them.',
    })
  }
  const lines = createInterface({ input: process.stdin, output: process.stdout })
  try {
    return await setUp(context, (question) => lines.question(question, { signal: context.signal }))
  } finally {
    lines.close()
  }
}

/** The conversation of the setup. */
export async function setUp(context: Context, ask: Ask): Promise<number> {
  const { out, signal, home, env } = context
  const paths = requireHome(home)
  const loaded = await loadConfig({ home, env })
  const root = (loaded.ok ? loaded.config : loaded.rest).settings.TELEGRAM_API_ROOT
  out.line('In Telegram, open a chat with @BotFather, send /newbot and answer its two questions. It ends with a token.')
  const { token, api, username } = await askForToken(context, ask, root)
  out.line(`That is @${username}. Now write to it: https://t.me/${username} (for a group: add it there and send /start). Waiting …`)
  const { chat, user } = await firstMessage(api, signal)
  out.line(`A message from ${user.name}: user ${user.id}, chat ${chat.id} (${chat.type}).`)
  const values = { TELEGRAM_BOT_TOKEN: token, TELEGRAM_ALLOWED_USERS: String(user.id), TELEGRAM_CHAT_ID: String(chat.id) }
  if (!/^y(es)?$/i.test((await ask(`Write the token, this user and this chat into ${paths.env}? [y/N] `)).trim())) {
    out.line('Nothing was written.')
    return 1
  }
  const mode = (statSync(paths.env, { throwIfNoEntry: false })?.mode ?? 0o600) & 0o600
  await writeDurable(paths.env, editDotenv(readOwn(paths.env), values), mode)
  if (process.platform !== 'win32') chmodSync(paths.env, mode)
  await api.send({ chat: chat.id, html: 'This bot now obeys you here. Say what is to be done, or /help.' }, signal)
  out.line('Written. A running daemon takes it up by itself, or with: orchestrator reload. Where none runs: orchestrator start')
  return 0
}

async function askForToken({ out, signal }: Context, ask: Ask, root: string) {
  for (;;) {
    const token = (await ask('Token: ')).trim()
    if (!settingsSchema.shape.TELEGRAM_BOT_TOKEN.safeParse(token).success || token === '') {
      out.line('That is no token; it looks like 123456789:AA…')
      continue
    }
    const api = createApi(token, root)
    try {
      return { token, api, username: (await api.me(signal)).username }
    } catch (error) {
      if (!(error instanceof TelegramProblem) || error.kind === 'stopped') throw error
      out.line(error.message)
    }
  }
}

/** The first message that somebody sends from now on; what waited from before may be from anyone. */
async function firstMessage(api: TelegramApi, signal: AbortSignal): Promise<IncomingMessage> {
  let next = after(await updatesOf(api, -1, signal, 0))
  for (;;) {
    const updates = await updatesOf(api, next, signal)
    next = after(updates) ?? next
    for (const update of updates) {
      const incoming = readUpdate(update)
      if (incoming.kind !== 'message') continue
      await updatesOf(api, next, signal, 0) // confirmed, so that the daemon does not take it for a task
      return incoming
    }
  }
}

function after(updates: readonly unknown[]): number | undefined {
  const last = updates.map(updateId).at(-1)
  return last === undefined ? undefined : last + 1
}

async function updatesOf(api: TelegramApi, offset: number | undefined, signal: AbortSignal, waitSec?: number): Promise<readonly unknown[]> {
  try {
    return await api.updates(offset, signal, waitSec)
  } catch (error) {
    if (!(error instanceof TelegramProblem)) throw error
    throw new OrchestratorError('check_failed', error.message, {
      hint: 'If a daemon polls with this token, stop it for the setup; then try again.',
    })
  }
}

/** What stands in the file so far; one that cannot be read is not to be written over. */
function readOwn(path: string): string {
  const looked = lookAt(path, { links: true })
  if (looked.kind === 'odd') throw new OrchestratorError('cannot_read', `${path} cannot be read: ${looked.why}.`)
  return looked.kind === 'text' ? looked.text : ''
}
