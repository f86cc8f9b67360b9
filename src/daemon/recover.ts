import { readdirSync } from 'node:fs'
import { isOpen } from '../domain/question.ts'
import { newRunRecord, type RunRecord } from '../domain/run.ts'
import { TASK_ID, TASK_SUFFIX } from '../domain/task-name.ts'
import { archiveTask } from '../inbox/archive.ts'
import { parkTask, unparkTask, waitingFile } from '../inbox/park.ts'
import { readQuestions } from '../inbox/questions.ts'
import { noteInRecord, readRecord, recordFile, removeRecord, runningFile, writeRecord } from '../inbox/records.ts'
import { tidyInbox } from '../inbox/tidy.ts'
import { crashPoint } from '../lib/crash-point.ts'
import { endTree, markersAlive, sweepMarked } from '../lib/process-tree.ts'
import { isThere } from '../lib/read-state.ts'
import { isStorageError } from '../lib/storage-error.ts'
import type { Rooms } from '../pipeline/rooms.ts'
import type { Candidate } from '../scheduler/candidate.ts'
import { RUN_MARKER } from '../workspaces/run-marker.ts'
import { begunRun, unreadRun } from './begun-run.ts'

/** The runs that an earlier daemon left, put in order. */
export interface Recovered {
  /** What goes on. */
  readonly begun: readonly Candidate[]
  /** Ids of what waits for answers. */
  readonly parked: readonly string[]
}

/**
 * Puts the runs of an earlier daemon in order: what has its result is archived, what still runs is ended, what waits for an answer lies
 * in `tasks/waiting/`, and everything else comes back as a candidate.
 */
export async function recover(rooms: Rooms): Promise<Recovered> {
  await tidyInbox(rooms.folders)
  const { parked, answered } = await recoverParked(rooms)
  const ids = idsIn(rooms.folders.running, rooms)
  if (ids.length === 0) return { begun: [], parked }
  await rooms.results.tidy() // only a daemon that left a run can have left half a result
  const alive = await markersAlive(RUN_MARKER)
  const begun: Candidate[] = []
  for (const taskId of ids) {
    try {
      const next = await recoverOne(taskId, answered, alive, rooms)
      if (next === 'parked') parked.push(taskId)
      else if (next) begun.push(next)
    } catch (error) {
      if (isStorageError(error)) throw error
      rooms.log.error('a run that an earlier daemon left cannot be put in order', { task: taskId, error })
      const record = readRecord(rooms.folders, taskId)
      if (record) begun.push(unreadRun(record)) // its turn brings it to an end, whatever that is
    }
  }
  return { begun, parked }
}

async function recoverOne(
  taskId: string,
  answered: ReadonlySet<string>,
  alive: ReadonlySet<string>,
  rooms: Rooms,
): Promise<Candidate | 'parked' | undefined> {
  const record = (await recordOf(taskId, rooms)) ?? (await newRecord(taskId, rooms))
  if (!record) return undefined
  await endProcesses(record, alive)
  if (answered.has(taskId)) return begunRun(record, rooms)
  const begunBefore = await recoverRun(record, rooms)
  if (!begunBefore) return undefined
  if (!waits(begunBefore, rooms)) return begunRun(begunBefore, rooms)
  await parkTask(rooms.folders, taskId)
  rooms.bus.event({ event: 'parked', task_id: taskId, run_id: begunBefore.run_id })
  return 'parked'
}

/** What lies in `tasks/waiting/`: it stays there while a question is open, and else goes on. Moves that were cut short are finished. */
async function recoverParked(rooms: Rooms): Promise<{ readonly parked: string[]; readonly answered: ReadonlySet<string> }> {
  const { folders } = rooms
  const parked: string[] = []
  const answered = new Set<string>()
  for (const taskId of idsIn(folders.waiting, rooms)) {
    if (!isThere(waitingFile(folders, taskId))) {
      if (!isThere(runningFile(folders, taskId))) removeRecord(folders, taskId)
      continue
    }
    const record = readRecord(folders, taskId)
    if (record && readQuestions(folders, taskId, record.run_id).some(isOpen)) {
      await parkTask(folders, taskId)
      parked.push(taskId)
    } else {
      await unparkTask(folders, taskId)
      answered.add(taskId)
    }
  }
  return { parked, answered }
}

/** Every id that a name in a folder of begun runs belongs to: of a task file, a record or questions. What is no id is left where it is. */
function idsIn(folder: string, { log }: Rooms): string[] {
  const ids = new Set<string>()
  for (const name of readdirSync(folder)) {
    const suffix = [TASK_SUFFIX, '.run.json', '.questions.json'].find((one) => !name.startsWith('.') && name.endsWith(one))
    if (suffix === undefined) continue
    const id = name.slice(0, -suffix.length)
    if (TASK_ID.test(id)) ids.add(id)
    else log.warn('the name of a file is none of a task that has begun; it is left where it is', { folder, name })
  }
  return [...ids].sort()
}

/** The record of a run whose file lies in `tasks/running/`, where it belongs too. */
async function recordOf(taskId: string, { folders }: Rooms): Promise<RunRecord | undefined> {
  const isAhead = !isThere(recordFile(folders, taskId)) && isThere(runningFile(folders, taskId))
  return isAhead ? unparkTask(folders, taskId) : readRecord(folders, taskId)
}

function waits(record: RunRecord, { folders }: Rooms): boolean {
  return readQuestions(folders, record.task_id, record.run_id).some(isOpen)
}

/** The record of a run that goes on: after its agent where that had ended well, else with a further attempt; undefined where there is nothing to go on with. */
async function recoverRun(record: RunRecord, rooms: Rooms): Promise<RunRecord | undefined> {
  const { folders, results, bus } = rooms
  const subject = { task_id: record.task_id, run_id: record.run_id }
  const result = results.read(record.task_id)
  if (result?.run_id === record.run_id) {
    const to = await archiveTask(folders, record.task_id, result.status)
    bus.event({ event: 'recovered', what: 'archived', ...subject })
    bus.event({ event: 'task_archived', status: result.status, code: result.failure?.code ?? null, to, ...subject })
    removeRecord(folders, record.task_id)
    return undefined
  }
  if (!isThere(runningFile(folders, record.task_id))) {
    removeRecord(folders, record.task_id) // killed between the record and the claim: the file is still in the queue
    return undefined
  }
  const { worked } = record
  const isWorked = worked !== undefined && !waits(record, rooms)
  const recovered = isWorked ? { ...record, process: null, worked: { ...worked, cut_off: worked.cut_off + 1 } } : markInterrupted(record)
  noteInRecord(folders, recovered)
  crashPoint('recovery.recorded')
  bus.event({ event: 'recovered', what: isWorked ? 'worked' : 'interrupted', ...subject })
  return recovered
}

/** The record with its open attempt closed: it ended when the daemon did, and nobody saw what it had changed by then. */
function markInterrupted(record: RunRecord): RunRecord {
  if (record.attempts.every(({ finished }) => finished !== null)) return { ...record, process: null }
  const attempts = record.attempts.map((attempt) =>
    attempt.finished === null ? { ...attempt, finished: new Date().toISOString(), outcome: 'interrupted' } : attempt,
  )
  return { ...record, attempts, process: null, files_changed: null, worked: undefined }
}

/** A file in `tasks/running/` whose record is lost or torn begins a new run. */
async function newRecord(taskId: string, rooms: Rooms): Promise<RunRecord | undefined> {
  if (!isThere(runningFile(rooms.folders, taskId))) {
    removeRecord(rooms.folders, taskId)
    return undefined
  }
  const now = new Date()
  const record = newRunRecord({ taskId, file: taskId + TASK_SUFFIX, queued: now }, now)
  await writeRecord(rooms.folders, record)
  return record
}

/** Ends what an attempt of a killed daemon left running: by the identity in its record, and by the marker in its environment. */
async function endProcesses({ process, run_id }: RunRecord, alive: ReadonlySet<string>): Promise<void> {
  if (process) await endTree(process)
  if (alive.has(run_id)) await sweepMarked({ name: RUN_MARKER, value: run_id })
}
