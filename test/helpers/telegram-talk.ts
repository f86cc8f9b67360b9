import { readFile } from 'node:fs/promises'
import { expect, onTestFinished } from 'vitest'
import type { Home, HomeOptions } from './home.ts'
import type { RunningOrchestrator } from './process.ts'
import { ANN, BOB, type ShownMessage, startTelegramServer, type TelegramServer, TOKEN } from './telegram-server.ts'
import { until } from './until.ts'

/** A home whose daemon is connected to a Telegram of the tests. */
export interface Talk {
  readonly telegram: TelegramServer
  readonly home: Home
  /** The daemon that was started first. */
  readonly daemon: RunningOrchestrator
  /** Starts another daemon; settles when its bridge is connected. */
  start(): Promise<RunningOrchestrator>
  /** The message that comes to hold the pattern. */
  shown(pattern: RegExp, chat?: number): Promise<ShownMessage>
  log(): Promise<string>
}

/** Starts a server, a home and its daemon, which end with the test; Ann and Bob are allowed. */
export async function beginTalk(make: (options: HomeOptions) => Promise<Home>, env: Readonly<Record<string, string>> = {}): Promise<Talk> {
  const telegram = await startTelegramServer()
  onTestFinished(() => telegram[Symbol.asyncDispose]())
  const settings = { TELEGRAM_BOT_TOKEN: TOKEN, TELEGRAM_ALLOWED_USERS: `${ANN.id}, ${BOB.id}`, TELEGRAM_API_ROOT: telegram.url }
  const home = await make({ env: { ...settings, TASK_SETTLE_MS: '0', ...env } })
  onTestFinished(() => home[Symbol.asyncDispose]())

  async function start(): Promise<RunningOrchestrator> {
    const polls = () => telegram.calls.filter(({ method }) => method === 'getUpdates').length
    const before = polls()
    const daemon = home.start(['start'])
    await until(() => expect(polls()).toBeGreaterThan(before))
    return daemon
  }

  return {
    telegram,
    home,
    daemon: await start(),
    start,
    shown: (pattern, chat = ANN.id) =>
      until(() => {
        const found = telegram.messages.find((message) => message.chat === chat && pattern.test(message.text))
        if (found) return found
        throw new Error(`${pattern} in:\n${telegram.messages.map(({ text }) => text).join('\n---\n')}`)
      }),
    log: () => readFile(home.paths.log, 'utf8'),
  }
}

/** The id of the task that a live message is about. */
export function idIn({ text }: ShownMessage): string {
  return text.split('\n')[1] ?? ''
}
