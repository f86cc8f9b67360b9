import { backOff, type Outage } from './outage.ts'

/** The longest wait before a disk that refused is tried again, in milliseconds. */
const LONGEST_MS = 5_000

/**
 * Does the small writes of a bridge. One that the disk refuses is told in the health of the bridge and tried again until it is done; of
 * several for one path only the newest is. Nothing here throws: what cannot be remembered now must not end what can still be done.
 */
export class Keeper implements Disposable {
  readonly #outage: Pick<Outage, 'worked' | 'failed' | 'isOut'>
  readonly #waiting = new Map<string, () => void>()
  #timer: NodeJS.Timeout | undefined
  #failures = 0

  constructor(outage: Pick<Outage, 'worked' | 'failed' | 'isOut'>) {
    this.#outage = outage
  }

  /** Writes or removes the file of this path now, or as soon as that can be. */
  keep(path: string, write: () => void): void {
    this.#waiting.delete(path)
    if (!this.#try(path, write)) this.#plan()
    else this.#settle()
  }

  /** Tries what is left a last time. */
  [Symbol.dispose](): void {
    clearTimeout(this.#timer)
    for (const [path, write] of [...this.#waiting]) this.#try(path, write)
  }

  #try(path: string, write: () => void): boolean {
    try {
      write()
      this.#waiting.delete(path)
      return true
    } catch (error) {
      this.#waiting.set(path, write)
      this.#outage.failed('keep', error, performance.now())
      return false
    }
  }

  #plan(): void {
    if (this.#timer !== undefined) return
    this.#failures++
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined
        for (const [path, write] of [...this.#waiting]) this.#try(path, write)
        this.#settle()
      },
      Math.min(LONGEST_MS, backOff(this.#failures, undefined)),
    ).unref()
  }

  #settle(): void {
    if (this.#waiting.size > 0) {
      this.#plan()
      return
    }
    this.#failures = 0
    if (this.#outage.isOut('keep')) this.#outage.worked('keep')
  }
}
