import type { AttemptReport } from '../../domain/attempt.ts'

/** Messages of which several are written side by side: those of subagents. */
const MOST_IDS = 1_000

/** Counts the turns of one process: as its results tell them, and as the messages of its main thread show. */
export class Turns {
  /** Of the newest messages. */
  readonly #ids = new Set<string>()
  #messages = 0
  #told = 0
  #messagesSinceTold = 0

  /** How many messages there are with this one, where it is new: its blocks come one by one, and one without an id is its own. */
  message(id: string | undefined): number | undefined {
    if (id !== undefined && this.#ids.has(id)) return undefined
    if (id !== undefined) this.#remember(id)
    this.#messagesSinceTold += 1
    this.#messages += 1
    return this.#messages
  }

  /** Takes in what a result tells of the turns since the one before. */
  result(turns: number | undefined): void {
    this.#told += turns ?? this.#messagesSinceTold
    this.#messagesSinceTold = 0
  }

  /** A failure without any message did not get through to the model, although the CLI counts the request that failed. */
  report(isError: boolean): Pick<AttemptReport, 'turns' | 'modelTurns'> {
    const turns = this.#told + this.#messagesSinceTold
    const messages = this.#messages
    return { turns, modelTurns: messages > 0 || isError ? messages : turns }
  }

  #remember(id: string): void {
    this.#ids.add(id)
    const [oldest] = this.#ids
    if (this.#ids.size > MOST_IDS && oldest !== undefined) this.#ids.delete(oldest)
  }
}
