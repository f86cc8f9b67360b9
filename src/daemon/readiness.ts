import type { Failure } from '../domain/errors.ts'
import type { Executor } from '../executors/contract.ts'
import type { Rooms } from '../pipeline/rooms.ts'
import type { ResultStore } from '../results/write.ts'
import { startsSoon, type World } from '../scheduler/blockers.ts'
import type { Candidate } from '../scheduler/candidate.ts'
import type { ReadyQueue } from '../scheduler/ready-queue.ts'
import type { AgentHolds } from './agent-holds.ts'
import { Dependencies } from './dependencies.ts'
import type { Parked } from './parked.ts'
import type { Seats } from './seats.ts'
import type { Spending } from './spending.ts'
import type { StorageHold } from './storage-hold.ts'
import type { Explained } from './tell-queue.ts'

/** Where everything stands that decides on the start of a task. */
export interface Standing {
  readonly rooms: Pick<Rooms, 'config'> & { readonly executor: Pick<Executor, 'capacity'>; readonly results: Pick<ResultStore, 'status'> }
  readonly queue: ReadyQueue
  readonly seats: Pick<Seats, 'busy' | 'of' | 'size'>
  readonly parked: Pick<Parked, 'ids'>
  readonly storage: Pick<StorageHold, 'problem'>
  readonly holds: Pick<AgentHolds, 'of' | 'all'>
  readonly spending: Pick<Spending, 'budget'>
}

/** What keeps waiting tasks from starting, as things stand at this moment. */
export class Readiness {
  paused = false
  readonly #standing: Standing
  readonly #dependencies: Dependencies

  constructor(standing: Standing) {
    this.#standing = standing
    this.#dependencies = new Dependencies({ isPending: (id) => this.isPending(id), status: (id) => standing.rooms.results.status(id) })
  }

  /** All that readiness depends on. */
  world(): World {
    const { rooms, seats, storage, spending, holds } = this.#standing
    const { DAILY_BUDGET_USD: limit } = rooms.config().settings
    const free = rooms.executor.capacity - seats.size
    return {
      now: Date.now(),
      paused: this.paused,
      storageProblem: storage.problem,
      busy: seats.busy(),
      budget: limit === undefined ? undefined : spending.budget(limit, free, new Date()),
      dependency: (id) => this.#dependencies.state(id),
      hold: (agent) => holds.of(agent),
    }
  }

  /** Every waiting task with what keeps it from starting. */
  explain(): Iterable<Explained> {
    return this.#standing.queue.explain(this.world())
  }

  /** Whether a waiting task can start now, or will by itself within so many milliseconds: the rest waits for something else. */
  comesWithin(ms: number): boolean {
    const now = Date.now()
    for (const { candidate, blocker } of this.explain()) if (startsSoon(candidate, blocker, now, ms)) return true
    return false
  }

  /** The waiting tasks that can never start, since one that they depend on has failed; none while their results could not be written. */
  doomed(): readonly { readonly candidate: Candidate; readonly verdict: Failure }[] {
    const { queue, storage } = this.#standing
    if (storage.problem !== undefined) return []
    return queue.dependants().flatMap((candidate) => {
      const verdict = this.#dependencies.verdict(candidate)
      return verdict ? [{ candidate, verdict }] : []
    })
  }

  /** When readiness changes by itself: at the next start time, and the ends of holds and of the day; milliseconds since the epoch. */
  changes(now: number): readonly (number | undefined)[] {
    const { queue, holds } = this.#standing
    return [queue.nextWake(now), this.world().budget?.until, ...holds.all().map(({ until }) => until)]
  }

  /** Whether a task waits for a start or an answer, or runs. */
  isPending(taskId: string): boolean {
    const { queue, seats, parked } = this.#standing
    return seats.of(taskId) !== undefined || parked.ids.has(taskId) || queue.find((one) => one.taskId === taskId) !== undefined
  }

  /** Something has ended or arrived: what became of tasks that others wait for is looked up anew. */
  renew(): void {
    this.#dependencies.forget()
  }
}
