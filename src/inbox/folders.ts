import { mkdirSync } from 'node:fs'

/** The folders whose names are the states of a task; absolute paths on one file system. */
export interface InboxFolders {
  readonly tasks: string
  readonly running: string
  readonly waiting: string
  readonly processed: string
  readonly failed: string
  readonly rejected: string
}

/** Makes the folders that are missing. */
export function makeFolders(folders: InboxFolders): void {
  for (const folder of [folders.tasks, folders.running, folders.waiting, folders.processed, folders.failed, folders.rejected]) {
    mkdirSync(folder, { recursive: true })
  }
}

const NEVER_A_TASK = /^\.|\.(tmp|part|swp)$|~$/

/** Whether a name in `tasks/` is that of a task. */
export function isTaskName(name: string): boolean {
  return name.endsWith('.task.md') && !NEVER_A_TASK.test(name)
}
