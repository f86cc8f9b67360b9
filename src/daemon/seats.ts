import type { StopReason } from '../domain/attempt.ts'
import type { Run } from '../pipeline/run.ts'
import type { Busy } from '../scheduler/blockers.ts'
import type { Candidate } from '../scheduler/candidate.ts'

/** A task that has a slot. */
export interface Seat {
  readonly candidate: Candidate
  /** Milliseconds since the epoch. */
  readonly since: number
  /** Undefined while its file is being claimed. */
  run: Run | undefined
  /** Ends what it does, claimed or not; aborted with a StopReason. */
  readonly stop: AbortController
}

/** The tasks that have a slot, by their key in the queue. */
export class Seats {
  readonly #byKey = new Map<string, Seat>()

  get size(): number {
    return this.#byKey.size
  }

  all(): Iterable<Seat> {
    return this.#byKey.values()
  }

  take(candidate: Candidate): Seat {
    const seat: Seat = { candidate, since: Date.now(), run: undefined, stop: new AbortController() }
    this.#byKey.set(candidate.key, seat)
    return seat
  }

  leave(seat: Seat): void {
    this.#byKey.delete(seat.candidate.key)
  }

  /** The seat of a task by its id, which is final once its file is claimed. */
  of(taskId: string): Seat | undefined {
    for (const seat of this.#byKey.values()) if (idOf(seat) === taskId) return seat
    return undefined
  }

  /** The seat of a run that has begun. */
  ofRun(runId: string): Seat | undefined {
    for (const seat of this.#byKey.values()) if (seat.run?.record.run_id === runId) return seat
    return undefined
  }

  /** What others have to heed. */
  busy(): readonly Busy[] {
    return Array.from(this.#byKey.values(), (seat) => {
      const { agent, directory, writes } = seat.candidate
      return { taskId: idOf(seat), agent, directory, writes, since: seat.since }
    })
  }

  /** Ends a task for a reason; the first one counts. */
  static stop(seat: Seat, reason: StopReason): void {
    if (!seat.stop.signal.aborted) seat.stop.abort(reason)
  }
}

/** The id of a task that has a slot. */
export function idOf({ run, candidate }: Seat): string {
  return run?.record.task_id ?? candidate.taskId
}
