import { renameSync } from 'node:fs'
import { join } from 'node:path'
import type { RunRecord } from '../domain/run.ts'
import { TASK_SUFFIX } from '../domain/task-name.ts'
import { syncDirectory } from '../lib/atomic-file.ts'
import { crashPoint } from '../lib/crash-point.ts'
import { isThere } from '../lib/read-state.ts'
import type { InboxFolders } from './folders.ts'
import { readRecord, recordFile } from './records.ts'

type State = 'running' | 'waiting'

/** Where the task file of a parked run lies. */
export function waitingFile(folders: InboxFolders, taskId: string): string {
  return fileIn(folders, taskId, 'waiting')
}

/** Moves a run into `tasks/waiting/`: first its record, which must be written, then its file. Doing it again after a crash finishes what is left. */
export async function parkTask(folders: InboxFolders, taskId: string): Promise<void> {
  moveRecord(folders, taskId, 'running', 'waiting')
  crashPoint('park.recorded')
  moveFile(folders, taskId, 'running', 'waiting')
  crashPoint('park.renamed')
  await syncBoth(folders)
}

/** Moves a parked run back into `tasks/running/`, in the same order; its record, or undefined where the file or the record is gone. */
export async function unparkTask(folders: InboxFolders, taskId: string): Promise<RunRecord | undefined> {
  moveRecord(folders, taskId, 'waiting', 'running')
  crashPoint('unpark.recorded')
  moveFile(folders, taskId, 'waiting', 'running')
  crashPoint('unpark.renamed')
  await syncBoth(folders)
  return isThere(fileIn(folders, taskId, 'running')) ? readRecord(folders, taskId) : undefined
}

function moveRecord(folders: InboxFolders, taskId: string, from: State, to: State): void {
  const source = recordFile(folders, taskId, from)
  if (isThere(source)) renameSync(source, recordFile(folders, taskId, to))
}

function moveFile(folders: InboxFolders, taskId: string, from: State, to: State): void {
  const source = fileIn(folders, taskId, from)
  if (isThere(source)) renameSync(source, fileIn(folders, taskId, to))
}

function fileIn(folders: InboxFolders, taskId: string, state: State): string {
  return join(folders[state], taskId + TASK_SUFFIX)
}

async function syncBoth({ running, waiting }: InboxFolders): Promise<void> {
  await Promise.all([syncDirectory(waiting), syncDirectory(running)])
}
