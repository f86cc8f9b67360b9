import { setImmediate } from 'node:timers/promises'

const SLICE_MS = 8

/** Keeps synchronous work from holding the event loop: others get their turn between its slices. */
export class Slices {
  #before = 0
  #start = performance.now()

  /** Time of our own in milliseconds, not counting what others did in between. */
  get busyMs(): number {
    return this.#before + performance.now() - this.#start
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
