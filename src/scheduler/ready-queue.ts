import { type Blocker, blockedBy, type World } from './blockers.ts'
import { type Candidate, compare } from './candidate.ts'
import { SortedList } from './sorted-list.ts'

/**
 * All tasks that wait for a start, in their order. Pure: it decides, and starts nothing. Those whose start time is still to come
 * lie apart too, so that thousands of them cost a decision nothing.
 */
export class ReadyQueue {
  readonly #ordered = new SortedList<Candidate>(compare)
  readonly #byKey = new Map<string, Candidate>()
  readonly #dependants = new Set<Candidate>()
  /** Those whose start time, if any, has passed at the moment that was last asked about; in order. */
  readonly #due = new SortedList<Candidate>(compare)
  /** The others, the earliest start time first. */
  readonly #later = new SortedList<Candidate>((a, b) => startTime(a) - startTime(b) || compare(a, b))
  #now = Number.NEGATIVE_INFINITY

  get size(): number {
    return this.#byKey.size
  }

  /** Adds a candidate, or replaces the one of the same key. */
  put(candidate: Candidate): void {
    this.remove(candidate.key)
    this.#byKey.set(candidate.key, candidate)
    this.#ordered.add(candidate)
    this.#listOf(candidate).add(candidate)
    if (candidate.dependsOn.length > 0) this.#dependants.add(candidate)
  }

  remove(key: string): Candidate | undefined {
    const candidate = this.#byKey.get(key)
    if (!candidate) return undefined
    this.#byKey.delete(key)
    this.#ordered.remove(candidate)
    this.#listOf(candidate).remove(candidate)
    this.#dependants.delete(candidate)
    return candidate
  }

  find(test: (candidate: Candidate) => boolean): Candidate | undefined {
    return this.#ordered.items.find(test)
  }

  /** Those that depend on others, in no particular order. */
  dependants(): readonly Candidate[] {
    return [...this.#dependants]
  }

  /** The first candidate that nothing blocks; it stays in the queue. */
  next(world: World): Candidate | undefined {
    this.#setTime(world.now)
    return this.#due.items.find((candidate) => blockedBy(candidate, world) === undefined)
  }

  /** The earliest moment at which a start time passes, in milliseconds since the epoch. */
  nextWake(now: number): number | undefined {
    this.#setTime(now)
    return this.#later.items[0]?.notBefore
  }

  /** Every candidate in order, each with what blocks it. */
  *explain(world: World): Iterable<{ readonly candidate: Candidate; readonly blocker: Blocker | undefined }> {
    for (const candidate of this.#ordered.items) yield { candidate, blocker: blockedBy(candidate, world) }
  }

  #listOf(candidate: Candidate): SortedList<Candidate> {
    return startTime(candidate) > this.#now ? this.#later : this.#due
  }

  /** Parts anew those whose start time lies between the last moment and this one; clocks are set back too. */
  #setTime(now: number): void {
    const isBack = now < this.#now
    this.#now = now
    if (isBack) {
      for (const one of this.#due.items.filter((candidate) => startTime(candidate) > now)) move(one, this.#due, this.#later)
    } else {
      for (let [first] = this.#later.items; first && startTime(first) <= now; [first] = this.#later.items)
        move(first, this.#later, this.#due)
    }
  }
}

function move(candidate: Candidate, from: SortedList<Candidate>, to: SortedList<Candidate>): void {
  from.remove(candidate)
  to.add(candidate)
}

function startTime({ notBefore }: Candidate): number {
  return notBefore ?? Number.NEGATIVE_INFINITY
}
