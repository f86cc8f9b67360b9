/** Timers know nothing of a clock that was set, or of a machine that slept: the time is looked at again after so many milliseconds. */
const LOOK_AGAIN_MS = 30_000

/** Comes back at the next of several times; keeps no process alive. Times are milliseconds since the epoch. */
export class WakeTimer {
  readonly #wake: () => void
  #timer: NodeJS.Timeout | undefined

  constructor(wake: () => void) {
    this.#wake = wake
  }

  /** Forgets the times of before; those that have passed or are not known do not count. */
  plan(times: readonly (number | undefined)[], now: number): void {
    this.stop()
    const next = Math.min(...times.map((time) => (time !== undefined && time > now ? time : Number.POSITIVE_INFINITY)))
    if (!Number.isFinite(next)) return
    this.#timer = setTimeout(this.#wake, Math.min(next - now + 1, LOOK_AGAIN_MS))
    this.#timer.unref()
  }

  stop(): void {
    clearTimeout(this.#timer)
  }
}
