import type { Logger } from '../../telemetry/logger.ts'
import type { BridgeHealth } from '../contract.ts'
import type { TelegramProblem } from './problem.ts'

/** The two ways to Telegram: another reader of the bot's messages, or a proxy that cuts long polls, shuts `read` and leaves `write` open. */
export type Way = 'read' | 'write'

/** Whether Telegram can be reached at present: told once when it cannot be any more, and once when it can again. */
export class Outage {
  readonly #log: Logger
  readonly #problems = new Map<Way, TelegramProblem>()
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
    if (this.#workedAt.size === 0 && this.#problems.size === 0) this.#log.info('telegram is connected')
    const wasOut = this.#problems.size > 0
    this.#problems.delete(way)
    if (way === 'read') this.#problems.delete('write')
    if (wasOut && this.#problems.size === 0) this.#log.info('telegram can be reached again')
    this.#workedAt.set(way, performance.now())
  }

  /** A request that began (`performance.now()`) before the last one of its way that worked tells nothing new. */
  failed(way: Way, problem: TelegramProblem, began: number): void {
    if (began < (this.#workedAt.get(way) ?? 0)) return
    if (problem.kind === 'stopped' || problem.kind === 'refused' || problem.kind === 'limited') return
    const told = [...this.#problems.values()].some(({ kind }) => kind === problem.kind)
    if (!told) this.#log.warn(`telegram cannot be used; trying on: ${problem.message}${ADVICE[problem.kind]}`)
    this.#problems.set(way, problem)
  }

  health(): BridgeHealth {
    const [problem] = this.#problems.values()
    if (problem) return { ok: false, detail: problem.message }
    return this.#workedAt.size > 0 ? { ok: true, detail: this.#name } : { ok: null, detail: 'connecting' }
  }
}

const ADVICE = {
  network: '',
  unauthorized: '. Mend TELEGRAM_BOT_TOKEN; BotFather tells it with /token',
  conflict: '. Stop the other program, or make a bot of its own for each; a webhook is removed with deleteWebhook',
} as const

/** Milliseconds to wait after so many failures in a row, at least as many as Telegram asked for. */
export function backOff(failures: number, { retryAfterMs }: TelegramProblem): number {
  return Math.max(retryAfterMs, Math.min(60_000, 500 * 2 ** Math.min(failures, 7)) * (0.75 + Math.random() / 2))
}
