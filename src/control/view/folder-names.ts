import { readdirSync } from 'node:fs'
import type { HomePaths } from '../../config/home.ts'
import { TASK_ID, TASK_SUFFIX } from '../../domain/task-name.ts'
import { isTaskName } from '../../inbox/folders.ts'

/** The names of the queued files, in no order and unread. */
export function queuedNames({ tasks }: HomePaths): readonly string[] {
  return namesIn(tasks).filter(isTaskName)
}

/** The ids that have a task file in a folder other than the queue. */
export function idsIn(folder: string): readonly string[] {
  return namesIn(folder).flatMap((name) => (isTaskName(name) ? [name.slice(0, -TASK_SUFFIX.length)] : []))
}

/** The ids of the tasks that lie in a folder of begun runs; a name that is no id is of nobody. */
export function begunIdsIn(folder: string): readonly string[] {
  return idsIn(folder).filter((id) => TASK_ID.test(id))
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return []
    throw error
  }
}
