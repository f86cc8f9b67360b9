import { setTimeout as pause } from 'node:timers/promises'
import { isStorageError } from '../lib/storage-error.ts'
import type { Logger } from '../telemetry/logger.ts'

/** Milliseconds until a write that was refused is tried again: at first, and at most; and until it is looked whether that was given up. */
const RETRY_MS = { first: 500, longest: 30_000, look: 250 }

/**
 * Whether the home can be written. While the disk refuses nothing is started, and what an agent has done is kept until its
 * result can be written: work is never thrown away because a disk was full.
 */
export class StorageHold {
  readonly #log: Logger
  readonly #onChange: () => void
  #problem: string | undefined
  #unwritten = 0

  constructor(log: Logger, onChange: () => void) {
    this.#log = log
    this.#onChange = onChange
  }

  /** What the disk says; undefined while it takes everything. */
  get problem(): string | undefined {
    return this.#problem
  }

  /** Something could not be written that can be asked for again, such as a claim: nothing starts for a while. */
  refused(error: Error): void {
    this.#begin(error)
    setTimeout(() => this.#endIfWritten(), RETRY_MS.first * 4).unref()
  }

  /** Repeats a write until the disk takes it; undefined once that is given up. */
  async untilWritten<T>(write: () => Promise<T>, refusal: Error, isGivenUp: () => boolean): Promise<T | undefined> {
    this.#begin(refusal)
    this.#unwritten++
    try {
      for (let wait = RETRY_MS.first; ; wait = Math.min(wait * 2, RETRY_MS.longest)) {
        for (let waited = 0; waited < wait && !isGivenUp(); waited += RETRY_MS.look) await pause(RETRY_MS.look)
        try {
          return await write()
        } catch (error) {
          if (!isStorageError(error)) throw error
          this.#begin(error)
          if (isGivenUp()) return undefined
        }
      }
    } finally {
      this.#unwritten--
      this.#endIfWritten()
    }
  }

  #begin(error: Error): void {
    const isNew = this.#problem === undefined
    this.#problem = error.message
    if (!isNew) return
    this.#log.error('the home cannot be written; nothing is started until it can', { error })
    this.#onChange()
  }

  #endIfWritten(): void {
    if (this.#unwritten > 0 || this.#problem === undefined) return
    this.#problem = undefined
    this.#onChange()
  }
}
