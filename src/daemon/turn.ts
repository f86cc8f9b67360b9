import { type Failure, failure } from '../domain/errors.ts'
import type { RunRecord } from '../domain/run.ts'
import { makeFolders } from '../inbox/folders.ts'
import { isStorageError } from '../lib/storage-error.ts'
import { wordsOf } from '../lib/words-of.ts'
import { breakOff, runOfRecord } from '../pipeline/break-off.ts'
import { finish } from '../pipeline/finish.ts'
import { turnAway } from '../pipeline/intake.ts'
import type { Rooms } from '../pipeline/rooms.ts'
import type { OnTried, Run, RunEnd } from '../pipeline/run.ts'
import { putOff, runTask } from '../pipeline/run-task.ts'
import { takeUp } from '../pipeline/take-up.ts'
import type { Candidate } from '../scheduler/candidate.ts'
import { retryDelay } from '../scheduler/retry-policy.ts'
import type { AgentHolds } from './agent-holds.ts'
import { begunCandidate, identityOf } from './begun-run.ts'
import type { Seat } from './seats.ts'
import type { StorageHold } from './storage-hold.ts'

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
  let claimed: RunRecord | undefined
  const onClaim = (record: RunRecord) => {
    claimed = record
  }
  try {
    seat.run = await takeUp(candidate, seat.stop, rooms, onClaim)
    if (!seat.run) return { kind: 'gone' }
    Object.assign(seat.run, terms, { isProbe: candidate.agent !== undefined && holds.of(candidate.agent) !== undefined })
    const end = await bringOn(seat.run, candidate, around)
    return end.kind === 'again' ? { kind: 'back', candidate: comingBack(seat.run, candidate, end.at, rooms) } : end
  } catch (error) {
    if (!seat.run && isStorageError(error)) {
      storage.refused(error)
      mendFolders(rooms)
      return { kind: 'back', candidate } // its file still lies where it was
    }
    rooms.log.error('a run broke off', { task: candidate.taskId, error })
    seat.run ??= claimed && Object.assign(runOfRecord(claimed, seat.stop), terms)
    return afterBreak(seat, error, around)
  }
}

/** What becomes of a task that a fault of ours has broken off: it is tried again as often as it may be, and then ends. */
async function afterBreak({ candidate, run }: Seat, error: unknown, around: Surroundings): Promise<TurnEnd> {
  const { rooms } = around
  try {
    if (!run) return await tryLater(candidate, error, rooms)
    const end = await written(() => breakOff(run, error, rooms), run, around)
    return end.kind === 'again' ? { kind: 'back', candidate: comingBack(run, candidate, end.at, rooms) } : end
  } catch (next) {
    rooms.log.error('a run that broke off cannot be ended either; it goes on at the next start', { task: candidate.taskId, error: next })
    return { kind: 'interrupted' }
  }
}

/** A queued file that could not even be claimed is turned away once that has failed too often. */
async function tryLater(candidate: Candidate, error: unknown, rooms: Rooms): Promise<TurnEnd> {
  const times = (candidate.brokeOff ?? 0) + 1
  const delay = retryDelay(times, rooms.config().settings.MAX_RETRIES)
  if (delay !== undefined) return { kind: 'back', candidate: { ...candidate, brokeOff: times, notBefore: Date.now() + delay } }
  if (candidate.begun) return { kind: 'interrupted' }
  const { code, message, hint } = failure('broke_off', `The task could not be begun: ${wordsOf(error)}`)
  await turnAway(candidate.key, { code, message, hint }, rooms)
  return { kind: 'gone' }
}

/** The run in the queue, for its next turn. */
function comingBack(run: Run, candidate: Candidate, at: number, rooms: Rooms): Candidate {
  const back = { arrived: candidate.arrived, notBefore: at }
  try {
    return { ...begunCandidate(run.task, run.record, rooms.config()), ...back }
  } catch {
    return { ...candidate, ...identityOf(run.record), ...back, dependsOn: [] } // what broke off may be just that
  }
}

/** What the disk refuses is written later: a record with the next turn, the result of a run that has come to its end as soon as that can be. */
function bringOn(run: Run, candidate: Candidate, around: Surroundings): Promise<RunEnd> {
  const { rooms, onTried } = around
  const turn = async () => {
    if (!run.verdict && !run.stop.signal.aborted && worksElsewhere(run, candidate, rooms)) return await putOff(run, rooms)
    return await runTask(run, rooms, onTried)
  }
  return written(turn, run, around)
}

async function written(work: () => Promise<RunEnd>, run: Run, { rooms, storage, draining }: Surroundings): Promise<RunEnd> {
  try {
    return await work()
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
