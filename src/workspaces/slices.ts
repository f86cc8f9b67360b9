import { setImmediate } from 'node:timers/promises'

const SLICE_MS = 8

/** What one look at a file counts at most, in milliseconds: in one that took longer the machine stood still, which says nothing about how much there is to do. */
export const LONGEST_LOOK_MS = 25

/** Keeps synchronous work from holding the event loop: others get their turn between its slices. */
export class Slices {
  readonly #longestMs: number
  #before = 0
  #start = performance.now()

  /** A slice counts as so many milliseconds at most. */
  constructor(longestMs = Number.POSITIVE_INFINITY) {
    this.#longestMs = longestMs
  }

  /** Time of our own in milliseconds, not counting what others did in between. */
  get busyMs(): number {
    return this.#before + Math.min(this.#longestMs, performance.now() - this.#start)
  }

  /** Whether it is time for a `pause`. */
  get used(): boolean {
    return performance.now() - this.#start > SLICE_MS
  }

  async pause(): Promise<void> {
    this.#before = this.busyMs
    await setImmediate()
    this.#start = performance.now()
  }
}
