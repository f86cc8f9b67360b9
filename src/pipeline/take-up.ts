import type { RejectReason } from '../domain/reject-reason.ts'
import { newRunRecord, type RunRecord } from '../domain/run.ts'
import type { Task } from '../domain/task.ts'
import { type ClaimedFile, claimFile, readClaimed, unclaimFile } from '../inbox/claim.ts'
import { readRecord, removeRecord, runningFile } from '../inbox/records.ts'
import { rejectFile } from '../inbox/reject.ts'
import { dropNote, keptId } from '../inbox/requeue.ts'
import { isThere } from '../lib/read-state.ts'
import type { Candidate } from '../scheduler/candidate.ts'
import { parseTask } from '../task-file/parse.ts'
import { isPlain } from './choices.ts'
import { widening } from './foreign-task.ts'
import { fillGaps, withInferences } from './gaps.ts'
import { inConversation } from './resume.ts'
import type { Rooms } from './rooms.ts'
import { beginRun, type Run, subjectOf } from './run.ts'

/** Told of a record once its file is claimed: what goes wrong from then on is to be accounted for. */
type OnClaim = (record: RunRecord) => void

/** Makes a candidate a run: claims its file, or goes on with the run that it is. Undefined where nothing is left to run. */
export function takeUp(candidate: Candidate, stop: AbortController, rooms: Rooms, onClaim: OnClaim): Promise<Run | undefined> {
  return candidate.begun ? goOn(candidate, stop, rooms, onClaim) : claim(candidate, stop, rooms, onClaim)
}

async function claim(candidate: Candidate, stop: AbortController, rooms: Rooms, onClaim: OnClaim): Promise<Run | undefined> {
  const { folders, ids } = rooms
  const again = keptId(folders, candidate.key)
  const taskId = again ?? (await ids.take(candidate.taskId))
  const record = newRunRecord({ taskId, file: candidate.key, queued: new Date(candidate.arrived) }, new Date())
  let file: ClaimedFile | undefined
  try {
    file = await claimFile(folders, candidate.key, record)
  } finally {
    if (!file && again === undefined) await ids.release(taskId)
  }
  if (!file) return undefined
  onClaim(record)
  dropNote(folders, candidate.key)
  const read = await readTask(file, record, rooms)
  if (!read) return undefined
  if (again === undefined && read.id !== candidate.taskId) {
    unclaimFile(folders, record) // edited in the last moment: it arrives again as what it says now
    await ids.release(taskId)
    return undefined
  }
  const run = beginRun({ ...read, id: taskId }, record, stop, patienceMs(rooms))
  await receive(run, rooms)
  return run
}

/** The reading: gaps of free-form text are filled, and what was inferred is kept for all attempts. */
async function receive(run: Run, rooms: Rooms): Promise<void> {
  rooms.bus.event({ event: 'task_received', file: run.record.file, ...subjectOf(run) })
  run.task = await fillGaps(run.task, run.patience, rooms)
  const { title, type, priority, inferred } = run.task
  run.record = { ...run.record, inferred: [...inferred] }
  rooms.bus.event({ event: 'parsed', title, type, priority, inferred: inferred.map((one) => one.field), ...subjectOf(run) })
}

async function goOn(candidate: Candidate, stop: AbortController, rooms: Rooms, onClaim: OnClaim): Promise<Run | undefined> {
  const record = readRecord(rooms.folders, candidate.taskId)
  if (!record || !isThere(runningFile(rooms.folders, candidate.taskId))) {
    rooms.log.warn('the file or the record of this run is gone from tasks/running/, so that it cannot go on', { task: candidate.taskId })
    removeRecord(rooms.folders, candidate.taskId)
    return undefined
  }
  onClaim(record)
  const task = await readTask(readClaimed(rooms.folders, record.task_id), record, rooms)
  if (!task) return undefined
  const run = beginRun(withInferences({ ...task, id: record.task_id }, record.inferred), record, stop, patienceMs(rooms))
  const isRead = record.attempts.length > 0 || record.inferred.length > 0
  if (!isRead) await receive(run, rooms) // a daemon was killed before the reading was kept
  return run
}

/** The task as the claimed file says it; a file that became unreadable is rejected, since it never started. */
async function readTask(file: ClaimedFile, record: RunRecord, rooms: Rooms): Promise<Task | undefined> {
  const parsed = parseClaimed(file, record.file, rooms.redact)
  const refused = parsed.ok && record.attempts.length === 0 ? refusalOf(parsed.task, file, record, rooms) : undefined
  if (parsed.ok && !refused) return inConversation(parsed.task, rooms.results.read)
  const problem = parsed.ok ? refused : parsed.problem
  if (problem) await rejectFile(rooms.folders, runningFile(rooms.folders, record.task_id), record.file, problem, new Date())
  removeRecord(rooms.folders, record.task_id)
  if (problem) rooms.bus.event({ event: 'task_rejected', file: record.file, code: problem.code, message: problem.message })
  return undefined
}

/** Why a task that came over a platform is not run: it was sent to an earlier version, or when more was allowed. */
function refusalOf({ head }: Task, { read }: ClaimedFile, { file }: RunRecord, { config }: Rooms): RejectReason | undefined {
  return read.kind === 'bytes' && isPlain(head, config().settings) ? widening({ bytes: read.bytes, file }, config()) : undefined
}

/** What a claimed file says; no problem where there is no such file any more. */
export function parseClaimed(
  { read, modified }: ClaimedFile,
  file: string,
  redact?: Rooms['redact'],
): { readonly ok: true; readonly task: Task } | { readonly ok: false; readonly problem: RejectReason | undefined } {
  if (read.kind === 'bytes') return parseTask({ bytes: read.bytes, file, modified, ...(redact && { redact }) })
  return { ok: false, problem: read.kind === 'problem' ? read.problem : undefined }
}

/** How long the run may wait for the local model, over all it is asked; in milliseconds. */
function patienceMs(rooms: Rooms): number {
  return rooms.config().settings.OLLAMA_TIMEOUT_SEC * 1000
}
