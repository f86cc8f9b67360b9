import type { Failure } from '../domain/errors.ts'
import { makeFolders } from '../inbox/folders.ts'
import { finish } from '../pipeline/finish.ts'
import type { Rooms } from '../pipeline/rooms.ts'
import type { OnTried, Run, RunEnd } from '../pipeline/run.ts'
import { putOff, runTask } from '../pipeline/run-task.ts'
import { takeUp } from '../pipeline/take-up.ts'
import type { Candidate } from '../scheduler/candidate.ts'
import type { AgentHolds } from './agent-holds.ts'
import { begunCandidate } from './begun-run.ts'
import type { Seat } from './seats.ts'
import { isStorageError, type StorageHold } from './storage-hold.ts'

/** What a task is given with its seat. */
export interface Terms {
  /** Why it ends without a further attempt, if it does. */
  readonly verdict?: Failure | undefined
  /** What was set aside of the day's budget for it, in US dollars; undefined where the day has no limit. */
  readonly allowanceUsd?: number | undefined
}

/** What a turn heeds besides its seat. */
export interface Surroundings {
  readonly rooms: Rooms
  readonly holds: Pick<AgentHolds, 'of'>
  readonly storage: Pick<StorageHold, 'refused' | 'untilWritten'>
  /** Aborted when nothing more is started. */
  readonly draining: AbortSignal
  readonly onTried: OnTried
}

/** What becomes of a task after its turn: it goes back into the queue, waits for answers, goes on at the next start, or is through. */
export type TurnEnd =
  | { readonly kind: 'back'; readonly candidate: Candidate }
  | { readonly kind: 'gone' }
  | Exclude<RunEnd, { readonly kind: 'again' }>

/** Milliseconds until a run goes on whose record could not be written. */
const RECORD_RETRY_MS = 2_000

/** Takes up the task of a seat and brings it on by one attempt, or ends it with its verdict. Never rejects. */
export async function takeTurn(seat: Seat, terms: Terms, around: Surroundings): Promise<TurnEnd> {
  const { candidate } = seat
  const { rooms, holds, storage } = around
  try {
    seat.run = await takeUp(candidate, seat.stop, rooms)
    if (!seat.run) return { kind: 'gone' }
    Object.assign(seat.run, terms, { isProbe: candidate.agent !== undefined && holds.of(candidate.agent) !== undefined })
    const end = await bringOn(seat.run, candidate, around)
    if (end.kind !== 'again') return end
    const next = begunCandidate(seat.run.task, seat.run.record, rooms.config())
    return { kind: 'back', candidate: { ...next, arrived: candidate.arrived, notBefore: end.at } }
  } catch (error) {
    if (!seat.run && isStorageError(error)) {
      storage.refused(error)
      mendFolders(rooms)
      return { kind: 'back', candidate } // its file still lies where it was
    }
    rooms.log.error('a run broke off; it goes on at the next start', { task: candidate.taskId, error })
    return { kind: 'interrupted' }
  }
}

/** What the disk refuses is written later: a record with the next turn, the result of a run that has come to its end as soon as that can be. */
async function bringOn(run: Run, candidate: Candidate, { rooms, storage, draining, onTried }: Surroundings): Promise<RunEnd> {
  try {
    if (!run.verdict && !run.stop.signal.aborted && worksElsewhere(run, candidate, rooms)) return await putOff(run, rooms)
    return await runTask(run, rooms, onTried)
  } catch (error) {
    if (!isStorageError(error)) throw error
    const { ending } = run
    if (!ending) {
      storage.refused(error)
      return { kind: 'again', at: Date.now() + RECORD_RETRY_MS }
    }
    const write = () => {
      mendFolders(rooms)
      return finish(run, ending, rooms)
    }
    const end = await storage.untilWritten(write, error, () => draining.aborted)
    return end ?? { kind: 'interrupted' }
  }
}

/** Makes the folders anew that somebody deleted at work, where the disk lets that be. */
function mendFolders({ folders }: Rooms): void {
  try {
    makeFolders(folders)
  } catch {
    // The write that is repeated says what is wrong.
  }
}

/** Whether the local model named a directory other than the one that is locked for the task. */
function worksElsewhere({ task, record }: Run, candidate: Candidate, rooms: Rooms): boolean {
  return begunCandidate(task, record, rooms.config()).directory !== candidate.directory
}
