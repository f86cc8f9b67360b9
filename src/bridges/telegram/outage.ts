import { wordsOf } from '../../lib/words-of.ts'
import type { Logger } from '../../telemetry/logger.ts'
import type { BridgeHealth } from '../contract.ts'
import { TelegramProblem } from './problem.ts'

/**
 * The two ways to Telegram: another reader of the bot's messages, or a proxy that cuts long polls, shuts `read` and leaves `write` open.
 * And what is ours: `keep`, to keep what has to be remembered on disk, and `handle`, to do what is asked for.
 */
export type Way = 'read' | 'write' | 'keep' | 'handle'

/** Whether the bridge works at present: told once when it does not any more, and once when it does again. */
export class Outage {
  readonly #log: Logger
  readonly #problems = new Map<Way, Error>()
  readonly #workedAt = new Map<Way, number>()
  #name = ''

  constructor(log: Logger) {
    this.#log = log
  }

  isOut(way: Way): boolean {
    return this.#problems.has(way)
  }

  /** Who can read can write as well; nobody may write for days, and the next attempt would show it. */
  worked(way: Way, name?: string): void {
    if (name !== undefined) this.#name = name
    const isFirst = this.#workedAt.size === 0 && this.#problems.size === 0
    if (isFirst && isRemote(way)) this.#log.info('telegram is connected')
    const wasOut = this.#problems.size > 0
    this.#problems.delete(way)
    if (way === 'read') this.#problems.delete('write')
    if (wasOut && this.#problems.size === 0) this.#log.info(isRemote(way) ? 'telegram can be reached again' : 'telegram works again')
    if (isRemote(way)) this.#workedAt.set(way, performance.now())
  }

  /** A request that began (`performance.now()`) before the last one of its way that worked tells nothing new; a fault of ours always does. */
  failed(way: Way, error: unknown, began: number): void {
    if (!(error instanceof TelegramProblem)) {
      this.#failedHere(way, error instanceof Error ? error : new Error(wordsOf(error)))
      return
    }
    if (began < (this.#workedAt.get(way) ?? 0)) return
    if (error.kind === 'stopped' || error.kind === 'refused' || error.kind === 'limited') return
    const told = [...this.#problems.values()].some((one) => one instanceof TelegramProblem && one.kind === error.kind)
    if (!told) this.#log.warn(`telegram cannot be used; trying on: ${error.message}${ADVICE[error.kind]}`)
    this.#problems.set(way, error)
  }

  #failedHere(way: Way, error: Error): void {
    const isTold = this.#problems.get(way)?.message === error.message
    this.#problems.set(way, error)
    if (!isTold) this.#log.error(`telegram: ${HERE[way]}; trying on`, { error })
  }

  health(): BridgeHealth {
    const [first] = this.#problems
    if (first) {
      const [way, problem] = first
      return { ok: false, detail: problem instanceof TelegramProblem ? problem.message : `${HERE[way]}: ${problem.message}` }
    }
    return this.#workedAt.size > 0 ? { ok: true, detail: this.#name } : { ok: null, detail: 'connecting' }
  }
}

/** What a fault of ours keeps from being done. */
const HERE: Readonly<Record<Way, string>> = {
  read: 'messages cannot be taken',
  write: 'messages cannot be sent',
  keep: 'what has to be remembered cannot be written',
  handle: 'a message cannot be dealt with',
}

const ADVICE = {
  network: '',
  unauthorized: '. Mend TELEGRAM_BOT_TOKEN; BotFather tells it with /token',
  conflict: '. Stop the other program, or make a bot of its own for each; a webhook is removed with deleteWebhook',
} as const

function isRemote(way: Way): boolean {
  return way === 'read' || way === 'write'
}

/** Milliseconds to wait after so many failures in a row, at least as many as Telegram asked for. */
export function backOff(failures: number, error: unknown): number {
  const asked = error instanceof TelegramProblem ? error.retryAfterMs : 0
  return Math.max(asked, Math.min(60_000, 500 * 2 ** Math.min(failures, 7)) * (0.75 + Math.random() / 2))
}
