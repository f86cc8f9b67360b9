import type { AttemptReport } from '../../domain/attempt.ts'

/** Counts the turns of one process: as its results tell them, and as the messages of its main thread show. */
export class Turns {
  readonly #messages = new Set<string | symbol>()
  #told = 0
  #messagesSinceTold = 0

  /** How many messages there are with this one, where it is new: its blocks come one by one, and one without an id is its own. */
  message(id: string | undefined): number | undefined {
    const key = id ?? Symbol('message')
    if (this.#messages.has(key)) return undefined
    this.#messages.add(key)
    this.#messagesSinceTold += 1
    return this.#messages.size
  }

  /** Takes in what a result tells of the turns since the one before. */
  result(turns: number | undefined): void {
    this.#told += turns ?? this.#messagesSinceTold
    this.#messagesSinceTold = 0
  }

  /** A failure without any message did not get through to the model, although the CLI counts the request that failed. */
  report(isError: boolean): Pick<AttemptReport, 'turns' | 'modelTurns'> {
    const turns = this.#told + this.#messagesSinceTold
    const { size } = this.#messages
    return { turns, modelTurns: size > 0 || isError ? size : turns }
  }
}
