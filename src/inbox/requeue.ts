import { existsSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { TASK_SUFFIX } from '../domain/task-name.ts'
import { writeDurable } from '../lib/atomic-file.ts'
import type { InboxFolders } from './folders.ts'

/** The note that says a queued file is a further run of a task and keeps its id. */
function note(folders: InboxFolders, name: string): string {
  return join(folders.tasks, `.${name}.retry`)
}

/**
 * Puts an archived task back into the queue for a further run under the same id. Returns false where no archived file of that
 * id is left.
 */
export async function requeueTask(folders: InboxFolders, taskId: string): Promise<boolean> {
  const name = taskId + TASK_SUFFIX
  const source = [folders.failed, folders.processed].map((folder) => join(folder, name)).find((path) => existsSync(path))
  if (source === undefined) return false
  if (existsSync(join(folders.tasks, name))) return false
  await writeDurable(note(folders, name), taskId)
  renameSync(source, join(folders.tasks, name))
  return true
}

/** The id that a queued file must keep because it is a further run; undefined for a new task. */
export function keptId(folders: InboxFolders, name: string): string | undefined {
  const path = note(folders, name)
  return existsSync(path) ? readFileSync(path, 'utf8').trim() : undefined
}

/** Forgets the note once the file is claimed. */
export function dropNote(folders: InboxFolders, name: string): void {
  rmSync(note(folders, name), { force: true })
}

/** The ids of all tasks in `tasks/failed/`. */
export function failedTasks(folders: InboxFolders): string[] {
  return readdirSync(folders.failed)
    .filter((name) => name.endsWith(TASK_SUFFIX))
    .map((name) => name.slice(0, -TASK_SUFFIX.length))
}
