import { existsSync, readdirSync } from 'node:fs'
import { newRunRecord, type RunRecord } from '../domain/run.ts'
import { committedUsd } from '../domain/set-aside.ts'
import { TASK_SUFFIX } from '../domain/task-name.ts'
import { archiveTask } from '../inbox/archive.ts'
import { readClaimed } from '../inbox/claim.ts'
import { noteInRecord, readRecord, removeRecord, runningFile, writeRecord } from '../inbox/records.ts'
import { tidyInbox } from '../inbox/tidy.ts'
import { crashPoint } from '../lib/crash-point.ts'
import { endTree, markersAlive, sweepMarked } from '../lib/process-tree.ts'
import { candidateOf } from '../pipeline/intake.ts'
import type { Rooms } from '../pipeline/rooms.ts'
import type { Candidate } from '../scheduler/candidate.ts'
import { plannedTime } from '../scheduler/retry-policy.ts'
import { parseTask } from '../task-file/parse.ts'
import { RUN_MARKER } from '../workspaces/run-marker.ts'
import { runKey } from './dispatcher.ts'

/**
 * Puts the runs of an earlier daemon in order: what has its result is archived, what still runs is ended, and what was
 * interrupted comes back as a candidate.
 */
export async function recover(rooms: Rooms): Promise<Candidate[]> {
  await tidyInbox(rooms.folders)
  const ids = idsIn(rooms.folders.running)
  if (ids.length === 0) return []
  await rooms.results.tidy() // only a daemon that left a run can have left half a result
  const alive = await markersAlive(RUN_MARKER)
  const candidates: Candidate[] = []
  for (const taskId of ids) {
    const record = readRecord(rooms.folders, taskId) ?? (await newRecord(taskId, rooms))
    if (!record) continue
    await endProcesses(record, alive)
    const candidate = await recoverRun(record, rooms)
    if (candidate) candidates.push(candidate)
  }
  return candidates
}

/** Every id that has a file or a record in `tasks/running/`. */
function idsIn(running: string): string[] {
  const ids = new Set<string>()
  for (const name of readdirSync(running)) {
    for (const suffix of [TASK_SUFFIX, '.run.json'])
      if (!name.startsWith('.') && name.endsWith(suffix)) ids.add(name.slice(0, -suffix.length))
  }
  return [...ids].sort()
}

async function recoverRun(record: RunRecord, rooms: Rooms): Promise<Candidate | undefined> {
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
  if (!existsSync(runningFile(folders, record.task_id))) {
    removeRecord(folders, record.task_id) // killed between the record and the claim: the file is still in the queue
    return undefined
  }
  const interrupted = markInterrupted(record)
  noteInRecord(folders, interrupted)
  crashPoint('recovery.recorded')
  bus.event({ event: 'recovered', what: 'interrupted', ...subject })
  return candidateFor(interrupted, rooms)
}

/** The record with its open attempt closed: it ended when the daemon did, and nobody saw what it had changed by then. */
function markInterrupted(record: RunRecord): RunRecord {
  if (record.attempts.every(({ finished }) => finished !== null)) return { ...record, process: null }
  const attempts = record.attempts.map((attempt) =>
    attempt.finished === null ? { ...attempt, finished: new Date().toISOString(), outcome: 'interrupted' } : attempt,
  )
  return { ...record, attempts, process: null, files_changed: null }
}

/** The candidate of an interrupted run. A file that cannot be read any more goes first and is turned away when it is taken up. */
function candidateFor(record: RunRecord, rooms: Rooms): Candidate {
  const identity = { key: runKey(record.task_id), taskId: record.task_id, begun: true, arrived: Date.parse(record.queued), dependsOn: [] }
  const { bytes, modified } = readClaimed(rooms.folders, record.task_id)
  const parsed = parseTask({ bytes, file: record.file, modified })
  if (!parsed.ok)
    return {
      ...identity,
      priority: 'high',
      created: 0,
      notBefore: undefined,
      directory: undefined,
      writes: false,
      agent: '',
      wantsUsd: undefined,
    }
  const next = record.next_attempt === null ? undefined : plannedTime(Date.parse(record.next_attempt), Date.now())
  return { ...candidateOf(parsed.task, identity, rooms.config(), committedUsd(record)), ...identity, notBefore: next }
}

/** A file in `tasks/running/` whose record is lost or torn begins a new run. */
async function newRecord(taskId: string, rooms: Rooms): Promise<RunRecord | undefined> {
  if (!existsSync(runningFile(rooms.folders, taskId))) {
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
