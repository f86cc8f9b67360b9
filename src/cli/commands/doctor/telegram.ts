import { createApi, type TelegramApi } from '../../../bridges/telegram/api.ts'
import { TelegramProblem } from '../../../bridges/telegram/problem.ts'
import { telegramOff } from '../../../bridges/telegram/wanted.ts'
import type { Config } from '../../../config/schema.ts'
import { wordsOf } from '../../../lib/words-of.ts'
import type { Check } from './check.ts'

const GROUP = 'Telegram (optional)'
const PATIENCE_MS = 15_000

const FIND_IDS =
  'Write to the bot while the daemon runs: logs/orchestrator.log names the user and the chat. `orchestrator telegram setup` does it for you.'

/** Whether the bot is known to Telegram, sees the chat, and obeys anybody. Without a token there is nothing to check. */
export async function checkTelegram({ settings }: Pick<Config, 'settings'>): Promise<readonly Check[]> {
  const { TELEGRAM_BOT_TOKEN: token, TELEGRAM_API_ROOT: root, TELEGRAM_ALLOWED_USERS: users, TELEGRAM_CHAT_ID: chat } = settings
  if (token === undefined) {
    return [{ group: GROUP, name: 'bot', status: 'ok', detail: 'off; `orchestrator telegram setup` makes one' }]
  }
  const api = createApi(token, root)
  const bot = await checkBot(api, root)
  const off = telegramOff((name) => settings[name]?.toString())
  if (off !== undefined) return [bot, { group: GROUP, name: 'users', status: 'warn', detail: off, fix: FIND_IDS }]
  return [bot, checkUsers(users, chat), ...(chat !== undefined && bot.status === 'ok' ? [await checkChat(api, chat)] : [])]
}

async function checkBot(api: TelegramApi, root: string): Promise<Check> {
  const base = { group: GROUP, name: 'bot' }
  try {
    return { ...base, status: 'ok', detail: `@${(await api.me(AbortSignal.timeout(PATIENCE_MS))).username}` }
  } catch (error) {
    const isUnknown = error instanceof TelegramProblem && error.kind === 'unauthorized'
    const fix = isUnknown
      ? 'Compare TELEGRAM_BOT_TOKEN with what BotFather tells (/token).'
      : `See whether ${root} can be reached from here.`
    return { ...base, status: 'warn', detail: wordsOf(error), fix }
  }
}

function checkUsers(users: readonly string[], chat: string | undefined): Check {
  const base = { group: GROUP, name: 'users' }
  if (users.length > 0) return { ...base, status: 'ok', detail: users.join(', ') }
  if (chat !== undefined && !chat.startsWith('-'))
    return { ...base, status: 'ok', detail: `${chat}, whose private chat TELEGRAM_CHAT_ID is` }
  return { ...base, status: 'note', detail: 'nobody: the bot tells, and obeys no one', fix: `Set TELEGRAM_ALLOWED_USERS. ${FIND_IDS}` }
}

async function checkChat(api: TelegramApi, chat: string): Promise<Check> {
  const base = { group: GROUP, name: 'chat' }
  try {
    return { ...base, status: 'ok', detail: `${chat}, ${await api.chatName(Number(chat), AbortSignal.timeout(PATIENCE_MS))}` }
  } catch (error) {
    const fix = `Add the bot to the group, or write to it first. ${FIND_IDS}`
    return { ...base, status: 'warn', detail: `${chat}: ${wordsOf(error)}`, fix }
  }
}
