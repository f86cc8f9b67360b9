import { setTimeout as sleep } from 'node:timers/promises'
import { backOff, type Outage } from './outage.ts'
import { TelegramProblem } from './problem.ts'

/** How often something is tried that is worth little later. */
const BRIEF_TRIES = 3

/** One lane for each chat: what is said there is said in order, and Telegram's wishes to be left alone hold for all of it. */
export class Lanes {
  readonly #ends = new Map<number, Promise<unknown>>()
  readonly #signal: AbortSignal
  readonly #outage: Outage

  constructor(signal: AbortSignal, outage: Outage) {
    this.#signal = signal
    this.#outage = outage
  }

  /**
   * Does something in a chat after everything before it. `patient` work is tried until it is done, refused or given up; other work only
   * a few times. Rejects with the last problem.
   */
  run<T>(chat: number, work: (signal: AbortSignal) => Promise<T>, patient = false): Promise<T> {
    const done = (this.#ends.get(chat) ?? Promise.resolve()).then(() => this.#try(work, patient))
    const end = done.catch(() => undefined)
    this.#ends.set(chat, end)
    void end.then(() => {
      if (this.#ends.get(chat) === end) this.#ends.delete(chat)
    })
    return done
  }

  async #try<T>(work: (signal: AbortSignal) => Promise<T>, patient: boolean): Promise<T> {
    for (let failures = 1; ; failures++) {
      if (this.#signal.aborted) throw new TelegramProblem('stopped', 'The bridge is stopping.')
      const began = performance.now()
      try {
        const value = await work(this.#signal)
        this.#outage.worked('write')
        return value
      } catch (error) {
        if (!(error instanceof TelegramProblem) || error.kind === 'refused' || error.kind === 'stopped') throw error
        this.#outage.failed('write', error, began)
        if (!patient && failures >= BRIEF_TRIES) throw error
        await sleep(backOff(failures, error), undefined, { signal: this.#signal }).catch(() => undefined)
      }
    }
  }
}
