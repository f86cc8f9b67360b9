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
  /** How long it has waited for people so far; that counts neither for its time nor as silence. */
  waitedMs?(): number
}

/** Which limit was passed. */
type Expiry = 'timeout' | 'no_output' | 'silent' | 'result_exit'

/** A process that waits for people is looked at again after so many milliseconds, or as many as it has waited. */
const LOOK_AGAIN_MS = 500

/** A timer that comes so many milliseconds late says that we stood still ourselves, and have not read what was said meanwhile. */
const LATE_MS = 1_000

/** The longest delay that timers take. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

/** Four clocks over one process, running from now on. `expired` is told of each limit that is passed. */
export class Watchdogs {
  readonly #limits: Limits
  readonly #expired: (expiry: Expiry) => void
  readonly #total: Clock
  /** Until the first output, then of silence. */
  #quiet: Clock
  #spoken = false
  #exit: Clock | undefined

  constructor(limits: Limits, expired: (expiry: Expiry) => void) {
    this.#limits = limits
    this.#expired = expired
    this.#total = this.#start('timeout', limits.timeoutMs)
    this.#quiet = this.#start('no_output', limits.startMs)
  }

  /** Output came. */
  heard(): void {
    if (this.#spoken) {
      this.#quiet.restart()
      return
    }
    this.#spoken = true
    this.#quiet.stop()
    this.#quiet = this.#start('silent', this.#limits.idleMs)
  }

  /** Whether the agent seems to be at its end: its result came, and nothing that takes it up again. Called at every event. */
  ending(atEnd: boolean): void {
    this.#exit?.stop()
    this.#exit = atEnd ? this.#start('result_exit', this.#limits.resultExitMs) : undefined
  }

  close(): void {
    for (const clock of [this.#total, this.#quiet, this.#exit]) clock?.stop()
  }

  #start(expiry: Expiry, ms: number): Clock {
    return new Clock(
      ms,
      () => this.#limits.waitedMs?.() ?? 0,
      () => this.#expired(expiry),
    )
  }
}

/**
 * A limit of time that stands still while people are waited for, and while this process does: suspended, paused with its container or
 * starved, it would take a whole agent for a silent one. A limit is at most doubled by that.
 */
class Clock {
  readonly #ms: number
  readonly #waitedMs: () => number
  readonly #expired: () => void
  #timer: NodeJS.Timeout | undefined
  /** What the timer was last set to. */
  #setTo = 0
  /** What had been waited by then. */
  #waited = 0
  /** When the timer should come. */
  #due = 0
  /** What was added because we stood still. */
  #added = 0

  constructor(ms: number, waitedMs: () => number, expired: () => void) {
    this.#ms = Math.min(ms, LONGEST_TIMER_MS)
    this.#waitedMs = waitedMs
    this.#expired = expired
    this.#set(this.#ms)
  }

  restart(): void {
    this.#added = 0
    if (this.#setTo !== this.#ms) {
      this.stop()
      this.#set(this.#ms)
      return
    }
    this.#waited = this.#waitedMs()
    this.#due = performance.now() + this.#ms
    this.#timer?.refresh()
  }

  stop(): void {
    clearTimeout(this.#timer)
  }

  #set(ms: number): void {
    this.#setTo = ms
    this.#waited = this.#waitedMs()
    this.#due = performance.now() + ms
    this.#timer = setTimeout(() => {
      const owed = this.#waitedMs() - this.#waited
      const lost = this.#lostMs()
      if (owed > 0) this.#set(Math.max(owed, LOOK_AGAIN_MS))
      else if (lost > 0) this.#set(lost)
      else this.#expired()
    }, ms)
  }

  /** How long we stood still ourselves, as far as that is made up for. */
  #lostMs(): number {
    const late = performance.now() - this.#due
    if (late < LATE_MS) return 0
    const lost = Math.min(late, this.#ms - this.#added)
    this.#added += lost
    return lost
  }
}
