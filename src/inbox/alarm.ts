/** Rings once at the earliest of all times that were asked for since it last rang. Goes by a clock that nobody can set. */
export class Alarm {
  readonly #ring: () => void
  #timer: NodeJS.Timeout | undefined
  #due = Number.POSITIVE_INFINITY

  constructor(ring: () => void) {
    this.#ring = ring
  }

  /** Asks for a ring in so many milliseconds; one that is past is for the next turn of the event loop. */
  in(delayMs: number): void {
    const due = performance.now() + Math.max(delayMs, 0)
    if (this.#timer && this.#due <= due) return
    clearTimeout(this.#timer)
    this.#due = due
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined
        this.#ring()
      },
      Math.max(delayMs, 1),
    )
  }

  stop(): void {
    clearTimeout(this.#timer)
  }
}
