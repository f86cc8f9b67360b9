import { existsSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import type { FinalStatus } from '../domain/result.ts'
import { TASK_SUFFIX } from '../domain/task-name.ts'
import { syncDirectory } from '../lib/atomic-file.ts'
import type { InboxFolders } from './folders.ts'
import { removeRecord, runningFile } from './records.ts'

/**
 * Moves the file of a finished run out of `tasks/running/`, after its result is safe, and removes the record last. Returns the
 * path within the home, such as `tasks/processed/fix.task.md`. Doing it again after a crash finishes what is left.
 */
export async function archiveTask(folders: InboxFolders, taskId: string, status: FinalStatus): Promise<string> {
  const state = status === 'completed' ? 'processed' : 'failed'
  const name = freeName(folders[state], taskId)
  const source = runningFile(folders, taskId)
  if (existsSync(source)) {
    renameSync(source, join(folders[state], name))
    await syncDirectory(folders[state])
  }
  removeRecord(folders, taskId)
  return `tasks/${state}/${name}`
}

/** `<stem>.task.md`, or with a number where a file of that name lies there already: no task file is ever overwritten. */
export function freeName(folder: string, stem: string): string {
  let name = stem + TASK_SUFFIX
  for (let n = 2; existsSync(join(folder, name)); n++) name = `${stem}.${n}${TASK_SUFFIX}`
  return name
}
