import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { type InboxFolders, isTaskName } from '../inbox/folders.ts'
import { readTaskFile } from '../inbox/read.ts'
import { keptId } from '../inbox/requeue.ts'
import { parseTask } from '../task-file/parse.ts'

/** The id of every task that is queued, with the name of its file; files that cannot become a task are passed over. */
export function* queuedIds(folders: InboxFolders): Generator<{ readonly id: string; readonly name: string }> {
  for (const name of readdirSync(folders.tasks).filter(isTaskName)) {
    const id = keptId(folders, name) ?? writtenId(folders, name)
    if (id !== undefined) yield { id, name }
  }
}

function writtenId({ tasks }: InboxFolders, name: string): string | undefined {
  const read = readTaskFile(join(tasks, name))
  const parsed = read.kind === 'bytes' ? parseTask({ bytes: read.bytes, file: name, modified: new Date() }) : undefined
  return parsed?.ok ? parsed.task.id : undefined
}
