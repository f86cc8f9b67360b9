import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type RunRecord, runRecordSchema } from '../domain/run.ts'
import { writeDurable } from '../lib/atomic-file.ts'
import type { InboxFolders } from './folders.ts'

/** Where the task file of a running task lies. */
export function runningFile(folders: InboxFolders, taskId: string): string {
  return join(folders.running, `${taskId}.task.md`)
}

function recordFile(folders: InboxFolders, taskId: string): string {
  return join(folders.running, `${taskId}.run.json`)
}

/** Writes the record of a run so that it survives a power failure. */
export async function writeRecord(folders: InboxFolders, record: RunRecord): Promise<void> {
  await writeDurable(recordFile(folders, record.task_id), serialise(record))
}

/**
 * Notes in the record what only matters while this boot lasts, such as the process of an attempt: replaced in one step,
 * but not synced, since a power failure ends those processes too.
 */
export function noteInRecord(folders: InboxFolders, record: RunRecord): void {
  const path = recordFile(folders, record.task_id)
  const temporary = join(folders.running, `.${record.task_id}.run.json.tmp`)
  writeFileSync(temporary, serialise(record))
  renameSync(temporary, path)
}

/** The record of a run; undefined where there is none or it is torn. */
export function readRecord(folders: InboxFolders, taskId: string): RunRecord | undefined {
  try {
    return runRecordSchema.parse(JSON.parse(readFileSync(recordFile(folders, taskId), 'utf8')))
  } catch {
    return undefined // a torn or foreign record says nothing: the run begins anew
  }
}

/** Removes the record of a run that has its final result. */
export function removeRecord(folders: InboxFolders, taskId: string): void {
  rmSync(recordFile(folders, taskId), { force: true })
}

function serialise(record: RunRecord): string {
  return `${JSON.stringify(record, null, 2)}\n`
}
