import { existsSync, readdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { isPlainName, TASK_ID, TASK_SUFFIX } from '../domain/task-name.ts'
import { removeFile, writeDurable } from '../lib/atomic-file.ts'
import { crashPoint } from '../lib/crash-point.ts'
import { readStateText } from '../lib/read-state.ts'
import type { InboxFolders } from './folders.ts'

/** Bytes: an id and the end of a line. */
const LONGEST_NOTE = 200

/** The note that says a queued file is a further run of a task and keeps its id. */
function note(folders: InboxFolders, name: string): string {
  return join(folders.tasks, `.${name}.retry`)
}

/** The names of the files beside which, queued or not, a note lies. */
export function noted(folders: InboxFolders): string[] {
  return readdirSync(folders.tasks).flatMap((name) => (name.startsWith('.') ? (/^\.(.+)\.retry$/.exec(name)?.[1] ?? []) : []))
}

/**
 * Puts an archived task back into the queue for a further run under the same id. Returns false where no archived file of that
 * id is left, or a file of its name lies in the queue.
 */
export async function requeueTask(folders: InboxFolders, taskId: string): Promise<boolean> {
  if (!isPlainName(taskId)) return false
  const name = taskId + TASK_SUFFIX
  const target = join(folders.tasks, name)
  const source = archivedFile(folders, taskId)
  if (source === undefined || existsSync(target)) return false
  await writeDurable(note(folders, name), taskId)
  crashPoint('requeue.noted')
  if (existsSync(target)) return false // it came while the note was written, which does not count for it
  renameSync(source, target)
  crashPoint('requeue.renamed')
  return true
}

/**
 * The id that a queued file must keep because it is a further run; undefined for a new task. A note counts only while no other
 * folder has the task: otherwise it was written for a move that never came, or is left from one that is over.
 */
export function keptId(folders: InboxFolders, name: string): string | undefined {
  const id = readNote(folders, name)
  if (id === undefined || archivedFile(folders, id)) return undefined
  return [folders.running, folders.waiting].some((folder) => existsSync(join(folder, id + TASK_SUFFIX))) ? undefined : id
}

/** Forgets the note once the file is claimed. */
export function dropNote(folders: InboxFolders, name: string): void {
  removeFile(note(folders, name))
}

/** Forgets a note whose file is not in the queue any more, and which nobody is just about to put there. */
export function dropStrayNote(folders: InboxFolders, name: string): void {
  const id = readNote(folders, name)
  const isAwaited = id !== undefined && archivedFile(folders, id) !== undefined
  if (!isAwaited && !existsSync(join(folders.tasks, name))) dropNote(folders, name)
}

/** The ids of all tasks in `tasks/failed/`. */
export function failedTasks(folders: InboxFolders): string[] {
  return readdirSync(folders.failed)
    .filter((name) => name.endsWith(TASK_SUFFIX))
    .map((name) => name.slice(0, -TASK_SUFFIX.length))
}

function archivedFile(folders: InboxFolders, taskId: string): string | undefined {
  return [folders.failed, folders.processed].map((folder) => join(folder, taskId + TASK_SUFFIX)).find((path) => existsSync(path))
}

/** The id in a note, which is that of its file: whatever else it says is of somebody else, and says nothing. */
function readNote(folders: InboxFolders, name: string): string | undefined {
  const path = note(folders, name)
  const id = existsSync(path) ? readStateText(path, { most: LONGEST_NOTE })?.trim() : undefined
  return id !== undefined && TASK_ID.test(id) && name === id + TASK_SUFFIX ? id : undefined
}
