import { type Blocker, blockedBy, type World } from './blockers.ts'
import { type Candidate, compare } from './candidate.ts'

/** All tasks that wait for a start, in their order. Pure: it decides, and starts nothing. */
export class ReadyQueue {
  readonly #ordered: Candidate[] = []
  readonly #byKey = new Map<string, Candidate>()

  get size(): number {
    return this.#ordered.length
  }

  /** Adds a candidate, or replaces the one of the same key. */
  put(candidate: Candidate): void {
    this.remove(candidate.key)
    this.#byKey.set(candidate.key, candidate)
    this.#ordered.splice(this.#position(candidate), 0, candidate)
  }

  remove(key: string): Candidate | undefined {
    const candidate = this.#byKey.get(key)
    if (!candidate) return undefined
    this.#byKey.delete(key)
    this.#ordered.splice(this.#position(candidate), 1)
    return candidate
  }

  find(test: (candidate: Candidate) => boolean): Candidate | undefined {
    return this.#ordered.find(test)
  }

  /** The first candidate that nothing blocks; it stays in the queue. */
  next(world: World): Candidate | undefined {
    return this.#ordered.find((candidate) => blockedBy(candidate, world) === undefined)
  }

  /** The earliest moment at which a start time passes, in milliseconds since the epoch. */
  nextWake(now: number): number | undefined {
    let earliest: number | undefined
    for (const { notBefore } of this.#ordered) {
      if (notBefore !== undefined && notBefore > now && (earliest === undefined || notBefore < earliest)) earliest = notBefore
    }
    return earliest
  }

  /** Every candidate in order, each with what blocks it. */
  *explain(world: World): Iterable<{ readonly candidate: Candidate; readonly blocker: Blocker | undefined }> {
    for (const candidate of this.#ordered) yield { candidate, blocker: blockedBy(candidate, world) }
  }

  /** Where a candidate stands or belongs: the first place whose holder does not go before it. */
  #position(candidate: Candidate): number {
    let low = 0
    let high = this.#ordered.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const held = this.#ordered[middle]
      if (held && compare(held, candidate) < 0) low = middle + 1
      else high = middle
    }
    return low
  }
}
