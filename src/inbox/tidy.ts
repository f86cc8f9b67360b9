import { removeUnfinished } from '../lib/atomic-file.ts'
import type { InboxFolders } from './folders.ts'
import { dropStrayNote, noted } from './requeue.ts'

/** Commands write into `tasks/` too, and none of them takes so long. */
const LONGEST_WRITE_MS = 60_000

/** Removes what a killed daemon or command left behind in the folders of the inbox; files of tasks are not touched. */
export async function tidyInbox(folders: InboxFolders): Promise<void> {
  const now = new Date()
  for (const file of noted(folders)) dropStrayNote(folders, file)
  await Promise.all([
    removeUnfinished(folders.tasks, new Date(now.getTime() - LONGEST_WRITE_MS)),
    removeUnfinished(folders.running, now),
    removeUnfinished(folders.waiting, now),
    removeUnfinished(folders.rejected, now),
  ])
}
