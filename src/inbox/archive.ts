import { renameSync } from 'node:fs'
import { join } from 'node:path'
import type { FinalStatus } from '../domain/result.ts'
import { TASK_SUFFIX } from '../domain/task-name.ts'
import { syncDirectory } from '../lib/atomic-file.ts'
import { crashPoint } from '../lib/crash-point.ts'
import { isThere } from '../lib/read-state.ts'
import type { InboxFolders } from './folders.ts'
import { runningFile } from './records.ts'

/**
 * Moves the file of a finished run out of `tasks/running/`, after its result is safe; the record is to be removed last. Returns the
 * path within the home, such as `tasks/processed/fix.task.md`. Doing it again after a crash finishes what is left.
 */
export async function archiveTask(folders: InboxFolders, taskId: string, status: FinalStatus): Promise<string> {
  const state = status === 'completed' ? 'processed' : 'failed'
  const source = runningFile(folders, taskId)
  const taken = takenNames(folders[state], taskId)
  if (!isThere(source)) return `tasks/${state}/${numbered(taskId, Math.max(taken, 1))}`
  const name = numbered(taskId, taken + 1)
  renameSync(source, join(folders[state], name))
  crashPoint('archive.renamed')
  await syncDirectory(folders[state])
  return `tasks/${state}/${name}`
}

/** `<stem>.task.md`, or with a number where a file of that name lies there already: no task file is ever overwritten. */
export function freeName(folder: string, stem: string): string {
  return numbered(stem, takenNames(folder, stem) + 1)
}

/** How many of the names `<stem>.task.md`, `<stem>.2.task.md`, … are taken without a gap. */
function takenNames(folder: string, stem: string): number {
  let taken = 0
  while (isThere(join(folder, numbered(stem, taken + 1)))) taken++
  return taken
}

function numbered(stem: string, n: number): string {
  return (n === 1 ? stem : `${stem}.${n}`) + TASK_SUFFIX
}
