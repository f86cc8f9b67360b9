import { lstatSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import type { RunRecord } from '../domain/run.ts'
import { TASK_SUFFIX } from '../domain/task-name.ts'
import { crashPoint } from '../lib/crash-point.ts'
import { freeName } from './archive.ts'
import type { InboxFolders } from './folders.ts'
import { type ReadFile, readTaskFile } from './read.ts'
import { removeRecord, runningFile, writeRecord } from './records.ts'

/** A file that was claimed, with what will run. */
export interface ClaimedFile {
  readonly read: ReadFile
  readonly modified: Date
}

/**
 * Takes a queued file: the record first, then one atomic rename into `tasks/running/`, then the bytes are read. Undefined
 * where the file is not there any more. Rejects where the disk refuses; the file then still lies in `tasks/`.
 */
export async function claimFile(folders: InboxFolders, name: string, record: RunRecord): Promise<ClaimedFile | undefined> {
  await writeRecord(folders, record)
  crashPoint('claim.recorded')
  const target = runningFile(folders, record.task_id)
  try {
    renameSync(join(folders.tasks, name), target)
  } catch (error) {
    removeRecord(folders, record.task_id)
    if (isMissing(error)) return undefined
    throw error
  }
  crashPoint('claim.renamed')
  if (!lstatSync(target).isFile()) {
    unclaimFile(folders, record) // a link or a pipe took its place: it is turned away as what it is when it is seen
    return undefined
  }
  return readClaimed(folders, record.task_id)
}

/** The bytes of a task that was claimed before, or why they cannot be read. */
export function readClaimed(folders: InboxFolders, taskId: string): ClaimedFile {
  const path = runningFile(folders, taskId)
  return { read: readTaskFile(path), modified: lstatSync(path, { throwIfNoEntry: false })?.mtime ?? new Date() }
}

/**
 * Puts a claimed file back into the queue: it was claimed for something it does not say any more. It gets the name it came with, or
 * one with a number where another file has that name by now.
 */
export function unclaimFile(folders: InboxFolders, { task_id, file }: RunRecord): void {
  renameSync(runningFile(folders, task_id), join(folders.tasks, freeName(folders.tasks, file.slice(0, -TASK_SUFFIX.length))))
  removeRecord(folders, task_id)
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}
