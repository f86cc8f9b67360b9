/** What a process may take, in milliseconds. */
export interface Limits {
  /** From its start to its end. */
  readonly timeoutMs: number
  /** From its start to its first output. */
  readonly startMs: number
  /** Of silence, after its first output. */
  readonly idleMs: number
  /** From its final result to its end. */
  readonly resultExitMs: number
}

/** Which limit was passed. */
type Expiry = 'timeout' | 'no_output' | 'silent' | 'result_exit'

/** The longest delay that timers take. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

/** Four clocks over one process, running from now on. `expired` is told of each limit that is passed. */
export class Watchdogs {
  readonly #limits: Limits
  readonly #expired: (expiry: Expiry) => void
  readonly #total: NodeJS.Timeout
  /** Until the first output, then of silence. */
  #quiet: NodeJS.Timeout
  #spoken = false
  #exit: NodeJS.Timeout | undefined

  constructor(limits: Limits, expired: (expiry: Expiry) => void) {
    this.#limits = limits
    this.#expired = expired
    this.#total = this.#start('timeout', limits.timeoutMs)
    this.#quiet = this.#start('no_output', limits.startMs)
  }

  /** Output came. */
  heard(): void {
    if (this.#spoken) {
      this.#quiet.refresh()
      return
    }
    this.#spoken = true
    clearTimeout(this.#quiet)
    this.#quiet = this.#start('silent', this.#limits.idleMs)
  }

  /** Whether the agent seems to be at its end: its result came, and nothing that takes it up again. Called at every event. */
  ending(atEnd: boolean): void {
    clearTimeout(this.#exit)
    this.#exit = atEnd ? this.#start('result_exit', this.#limits.resultExitMs) : undefined
  }

  close(): void {
    for (const timer of [this.#total, this.#quiet, this.#exit]) clearTimeout(timer)
  }

  #start(expiry: Expiry, ms: number): NodeJS.Timeout {
    return setTimeout(() => this.#expired(expiry), Math.min(ms, LONGEST_TIMER_MS))
  }
}
