import { type Blocker, blockedBy, type World } from './blockers.ts'
import { type Candidate, compare } from './candidate.ts'
import { plannedTime } from './retry-policy.ts'
import { SortedList } from './sorted-list.ts'

/**
 * All tasks that wait for a start, in their order. Pure: it decides, and starts nothing. Those whose start time is still to come
 * lie apart, so that thousands of them cost a decision nothing.
 */
export class ReadyQueue {
  readonly #byKey = new Map<string, Candidate>()
  readonly #dependants = new Set<Candidate>()
  /** Those whose start time, if any, has passed at the moment that was last asked about; in order. */
  readonly #due = new SortedList<Candidate>(compare)
  /** The others, the earliest start time first. */
  readonly #later = new SortedList<Candidate>((a, b) => startTime(a) - startTime(b) || compare(a, b))
  /** The same in the order of the first, put together when somebody asks. */
  #laterInOrder: readonly Candidate[] | undefined
  #now = Number.NEGATIVE_INFINITY

  get size(): number {
    return this.#byKey.size
  }

  /** Adds a candidate, or replaces the one of the same key. */
  put(candidate: Candidate): void {
    this.remove(candidate.key)
    this.#byKey.set(candidate.key, candidate)
    this.#listOf(candidate).add(candidate)
    if (candidate.dependsOn.length > 0) this.#dependants.add(candidate)
  }

  remove(key: string): Candidate | undefined {
    const candidate = this.#byKey.get(key)
    if (!candidate) return undefined
    this.#byKey.delete(key)
    this.#listOf(candidate).remove(candidate)
    this.#dependants.delete(candidate)
    return candidate
  }

  /** The first in order that passes the test. */
  find(test: (candidate: Candidate) => boolean): Candidate | undefined {
    let first: Candidate | undefined
    for (const one of this.#byKey.values()) if (test(one) && (!first || compare(one, first) < 0)) first = one
    return first
  }

  /** Those that depend on others, in no particular order. */
  dependants(): readonly Candidate[] {
    return [...this.#dependants]
  }

  /** The first candidate that nothing blocks; it stays in the queue. */
  next(world: World): Candidate | undefined {
    this.#setTime(world.now)
    let blocked: Candidate | undefined
    for (const candidate of this.#due.items) {
      if (blocked && isAlike(candidate, blocked)) continue
      if (blockedBy(candidate, world) === undefined) return candidate
      blocked = candidate
    }
    return undefined
  }

  /** The earliest moment at which a start time passes, in milliseconds since the epoch. */
  nextWake(now: number): number | undefined {
    this.#setTime(now)
    return this.#later.items[0]?.notBefore
  }

  /** Every candidate in order, each with what blocks it. */
  *explain(world: World): Iterable<{ readonly candidate: Candidate; readonly blocker: Blocker | undefined }> {
    this.#setTime(world.now)
    this.#laterInOrder ??= [...this.#later.items].sort(compare)
    for (const candidate of merged(this.#due.items, this.#laterInOrder)) yield { candidate, blocker: blockedBy(candidate, world) }
  }

  /** The list that a candidate belongs to, for a change of it. */
  #listOf(candidate: Candidate): SortedList<Candidate> {
    if (startTime(candidate) <= this.#now) return this.#due
    this.#laterInOrder = undefined
    return this.#later
  }

  /** Parts anew those whose start time lies between the last moment and this one; clocks are set back too. */
  #setTime(now: number): void {
    const isBack = now < this.#now
    this.#now = now
    if (isBack) {
      for (const one of this.#later.items.filter(({ begun, notBefore }) => begun && plannedTime(notBefore, now) === undefined))
        this.put({ ...one, notBefore: undefined })
      for (const one of this.#due.items.filter((candidate) => startTime(candidate) > now)) this.#move(one, this.#due, this.#later)
    } else {
      for (let [first] = this.#later.items; first && startTime(first) <= now; [first] = this.#later.items)
        this.#move(first, this.#later, this.#due)
    }
  }

  #move(candidate: Candidate, from: SortedList<Candidate>, to: SortedList<Candidate>): void {
    this.#laterInOrder = undefined
    from.remove(candidate)
    to.add(candidate)
  }
}

/** Whether what blocks one task blocks the other at the same moment: a long queue for one directory is passed over quickly. */
function isAlike(a: Candidate, b: Candidate): boolean {
  const waitsForNobody = a.dependsOn.length === 0 && b.dependsOn.length === 0
  return waitsForNobody && a.directory === b.directory && a.agent === b.agent && a.writes === b.writes && a.wantsUsd === b.wantsUsd
}

/** The items of two lists in order, as one. */
function* merged(one: readonly Candidate[], other: readonly Candidate[]): Iterable<Candidate> {
  let taken = 0
  for (const candidate of one) {
    for (let first = other[taken]; first && compare(first, candidate) < 0; first = other[taken]) {
      yield first
      taken++
    }
    yield candidate
  }
  yield* other.slice(taken)
}

function startTime({ notBefore }: Candidate): number {
  return notBefore ?? Number.NEGATIVE_INFINITY
}
