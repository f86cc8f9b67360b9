import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, onTestFinished } from 'vitest'
import type { Home, HomeOptions } from './home.ts'
import type { RunningOrchestrator } from './process.ts'
import { ANN, BOB, type Person, type ShownMessage, startTelegramServer, type TelegramServer, TOKEN } from './telegram-server.ts'
import { until } from './until.ts'

/** A home whose daemon is connected to a Telegram of the tests. */
export interface Talk {
  readonly telegram: TelegramServer
  readonly home: Home
  /** The daemon that was started first. */
  readonly daemon: RunningOrchestrator
  /** Starts another daemon; settles when its bridge is connected. */
  start(): Promise<RunningOrchestrator>
  /** The message that comes to hold the pattern, by default in the private chat of Ann. */
  shown(pattern: RegExp, chat?: number): Promise<ShownMessage>
  log(): Promise<string>
}

/** What one test of several sees of the daemon that they share: two people whom no other test knows, and the log since it began. */
export interface SharedTalk extends Talk {
  readonly ann: Person
  readonly bob: Person
}

/** Starts a server, a home and its daemon, which end with the test; Ann and Bob are allowed. */
export function beginTalk(make: (options: HomeOptions) => Promise<Home>, env: Readonly<Record<string, string>> = {}): Promise<Talk> {
  return openTalk(make, { TELEGRAM_ALLOWED_USERS: `${ANN.id}, ${BOB.id}`, ...env }, onTestFinished)
}

/**
 * One server, home and daemon for all tests of a `describe`, or of a file. Gives what a test calls for its part of them. Each has an Ann and a Bob
 * of its own, so that neither chats nor limits are shared; `pairs` says for how many tests. A test waits for the end of the tasks that it brings.
 */
export function shareTalk(
  make: (options: HomeOptions) => Promise<Home>,
  env: Readonly<Record<string, string>> = {},
  pairs = 12,
): () => Promise<SharedTalk> {
  const ends: (() => PromiseLike<void>)[] = []
  let talk: Talk
  let given = 0
  beforeAll(async () => {
    const people = Array.from({ length: 2 * pairs }, (_, index) => 70 + index)
    talk = await openTalk(make, { TELEGRAM_ALLOWED_USERS: people.join(), ...env }, (end) => void ends.push(end))
  })
  afterAll(async () => {
    for (const end of ends.reverse()) await end()
  })
  return async () => {
    if (given === pairs) throw new Error(`more than ${pairs} tests share a daemon`)
    const ann = { ...ANN, id: 70 + 2 * given }
    const bob = { ...BOB, id: 71 + 2 * given }
    given += 1
    const { length } = await talk.log()
    return {
      ...talk,
      ann,
      bob,
      shown: (pattern, chat = ann.id) => talk.shown(pattern, chat),
      log: async () => (await talk.log()).slice(length),
    }
  }
}

async function openTalk(
  make: (options: HomeOptions) => Promise<Home>,
  env: Readonly<Record<string, string>>,
  atEnd: (end: () => PromiseLike<void>) => void,
): Promise<Talk> {
  const telegram = await startTelegramServer()
  atEnd(() => telegram[Symbol.asyncDispose]())
  const home = await make({ env: { TELEGRAM_BOT_TOKEN: TOKEN, TELEGRAM_API_ROOT: telegram.url, TASK_SETTLE_MS: '0', ...env } })
  atEnd(() => home[Symbol.asyncDispose]())

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
