import { closeSync, constants, fstatSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { type RunRecord, runRecordSchema } from '../domain/run.ts'
import { TASK_ID } from '../domain/task-name.ts'
import { removeFile, replaceFile, writeDurable } from '../lib/atomic-file.ts'
import { type Form, readState } from '../lib/read-state.ts'
import type { InboxFolders } from './folders.ts'
import { removeQuestions } from './questions.ts'

/** What is written in place must be the file itself, and no way to another one. */
const OWN_FILE = constants.O_RDWR | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)

/** A process that is killed in the middle of a write has written whole pages. */
const PAGE_BYTES = 4096

/** Where the task file of a running task lies. */
export function runningFile(folders: InboxFolders, taskId: string): string {
  return join(folders.running, `${taskId}.task.md`)
}

/** Where the record of a run lies: beside its file, or ahead of it while that is being moved. */
export function recordFile(
  folders: Pick<InboxFolders, 'running' | 'waiting'>,
  taskId: string,
  state: 'running' | 'waiting' = 'running',
): string {
  return join(folders[state], `${taskId}.run.json`)
}

/** Writes the record of a run so that it survives a power failure. */
export async function writeRecord(folders: InboxFolders, record: RunRecord): Promise<void> {
  await writeDurable(recordFile(folders, record.task_id), serialise(record))
}

/**
 * Notes in the record what only matters while this boot lasts, such as the process of an attempt: written over the old text in
 * one call and not synced, since a power failure ends those processes too. Making a new file each time would cost more than
 * anything else in the life of a short task.
 */
export function noteInRecord(folders: InboxFolders, record: RunRecord): void {
  const text = serialise(record)
  const path = recordFile(folders, record.task_id)
  const file = openSync(path, OWN_FILE)
  try {
    const stats = fstatSync(file)
    const { size } = stats
    if (!stats.isFile() || stats.nlink > 1 || Math.max(size, Buffer.byteLength(text)) > PAGE_BYTES) replaceFile(path, text)
    else writeSync(file, text.padEnd(size))
  } finally {
    closeSync(file)
  }
}

/** The record of a run that is under way or waits; undefined where there is none or it is torn. */
export function readRecord(folders: Pick<InboxFolders, 'running' | 'waiting'>, taskId: string): RunRecord | undefined {
  return readFrom(recordFile(folders, taskId), taskId) ?? readFrom(recordFile(folders, taskId, 'waiting'), taskId)
}

/** A torn record, or one of another task, says nothing: the run begins anew. */
function readFrom(path: string, taskId: string): RunRecord | undefined {
  return TASK_ID.test(taskId) ? readState(path, recordOf(taskId)) : undefined
}

function recordOf(taskId: string): Form<RunRecord> {
  return runRecordSchema.refine(({ task_id }) => task_id === taskId)
}

/** Removes the record of a run that has its final result, and what it has asked. */
export function removeRecord(folders: InboxFolders, taskId: string): void {
  removeFile(recordFile(folders, taskId))
  removeFile(recordFile(folders, taskId, 'waiting'))
  removeQuestions(folders, taskId)
}

function serialise(record: RunRecord): string {
  return `${JSON.stringify(record, null, 2)}\n`
}
