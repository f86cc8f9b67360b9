import type { Logger } from '../../telemetry/logger.ts'
import type { BridgeHealth } from '../contract.ts'
import type { TelegramProblem } from './problem.ts'

/** Whether Telegram can be reached at present: told once when it cannot be any more, and once when it can again. */
export class Outage {
  readonly #log: Logger
  #name = ''
  #problem: TelegramProblem | undefined
  #workedAt: number | undefined

  constructor(log: Logger) {
    this.#log = log
  }

  get isOut(): boolean {
    return this.#problem !== undefined
  }

  worked(name?: string): void {
    if (name !== undefined) this.#name = name
    if (this.#problem) this.#log.info('telegram can be reached again')
    else if (this.#workedAt === undefined) this.#log.info('telegram is connected')
    this.#problem = undefined
    this.#workedAt = performance.now()
  }

  /** A request that began (`performance.now()`) before the last one that worked tells nothing new. */
  failed(problem: TelegramProblem, began: number): void {
    if (began < (this.#workedAt ?? 0)) return
    if (problem.kind === 'stopped' || problem.kind === 'refused' || problem.kind === 'limited') return
    if (this.#problem?.kind !== problem.kind)
      this.#log.warn(`telegram cannot be used; trying on: ${problem.message}${ADVICE[problem.kind]}`)
    this.#problem = problem
  }

  health(): BridgeHealth {
    if (this.#problem) return { ok: false, detail: this.#problem.message }
    return this.#workedAt !== undefined ? { ok: true, detail: this.#name } : { ok: null, detail: 'connecting' }
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
