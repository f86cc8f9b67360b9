import type { QueuedTask } from '../control/protocol.ts'
import { type Blocker, describeBlocker } from '../scheduler/blockers.ts'
import type { DayBudget } from '../scheduler/budgets.ts'
import type { Candidate } from '../scheduler/candidate.ts'

/** A waiting task with what keeps it from starting. */
export interface Explained {
  readonly candidate: Candidate
  readonly blocker: Blocker | undefined
}

/** What can be told of a queue. */
export interface ToldQueue {
  /** The first of it, in order. */
  readonly queued: readonly QueuedTask[]
  /** The budget of the day, where one of them waits for the next day. */
  readonly budget: DayBudget | undefined
}

/** Tells of at most so many waiting tasks, by the ids that they are known by. */
export function tellQueue(explained: Iterable<Explained>, most: number, now: number, idOf: (candidate: Candidate) => string): ToldQueue {
  const queued: QueuedTask[] = []
  let budget: DayBudget | undefined
  for (const { candidate, blocker } of explained) {
    if (queued.length === most) break
    if (blocker?.kind === 'daily_budget') budget ??= blocker.budget
    queued.push({
      id: idOf(candidate),
      file: candidate.key,
      priority: candidate.priority,
      since: new Date(candidate.arrived).toISOString(),
      waitsFor: blocker ? describeBlocker(blocker, now) : null,
    })
  }
  return { queued, budget }
}
