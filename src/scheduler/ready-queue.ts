import { type Blocker, blockedBy, type World } from './blockers.ts'
import { type Candidate, compare } from './candidate.ts'
import { SortedList } from './sorted-list.ts'

/** All tasks that wait for a start, in their order. Pure: it decides, and starts nothing. */
export class ReadyQueue {
  readonly #ordered = new SortedList<Candidate>(compare)
  readonly #byKey = new Map<string, Candidate>()
  /** Those with a start time, the earliest first. */
  readonly #timed = new SortedList<Candidate>((a, b) => startTime(a) - startTime(b) || compare(a, b))
  readonly #dependants = new Set<Candidate>()

  get size(): number {
    return this.#byKey.size
  }

  /** Adds a candidate, or replaces the one of the same key. */
  put(candidate: Candidate): void {
    this.remove(candidate.key)
    this.#byKey.set(candidate.key, candidate)
    this.#ordered.add(candidate)
    if (candidate.notBefore !== undefined) this.#timed.add(candidate)
    if (candidate.dependsOn.length > 0) this.#dependants.add(candidate)
  }

  remove(key: string): Candidate | undefined {
    const candidate = this.#byKey.get(key)
    if (!candidate) return undefined
    this.#byKey.delete(key)
    this.#ordered.remove(candidate)
    if (candidate.notBefore !== undefined) this.#timed.remove(candidate)
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
    // Looked at first, since thousands may wait for their time.
    return this.find((candidate) => startTime(candidate) <= world.now && blockedBy(candidate, world) === undefined)
  }

  /** The earliest moment at which a start time passes, in milliseconds since the epoch. */
  nextWake(now: number): number | undefined {
    return this.#timed.firstNot((candidate) => startTime(candidate) <= now)?.notBefore
  }

  /** Every candidate in order, each with what blocks it. */
  *explain(world: World): Iterable<{ readonly candidate: Candidate; readonly blocker: Blocker | undefined }> {
    for (const candidate of this.#ordered.items) yield { candidate, blocker: blockedBy(candidate, world) }
  }
}

function startTime({ notBefore }: Candidate): number {
  return notBefore ?? Number.NEGATIVE_INFINITY
}
