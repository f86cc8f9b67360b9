import { readdirSync } from 'node:fs'
import type { HomePaths } from '../../config/home.ts'
import { TASK_SUFFIX } from '../../domain/task-name.ts'
import { isTaskName } from '../../inbox/folders.ts'

/** The names of the queued files, in no order and unread. */
export function queuedNames({ tasks }: HomePaths): readonly string[] {
  return namesIn(tasks).filter(isTaskName)
}

/** The ids that have a task file in a folder other than the queue. */
export function idsIn(folder: string): readonly string[] {
  return namesIn(folder).flatMap((name) => (isTaskName(name) ? [name.slice(0, -TASK_SUFFIX.length)] : []))
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  }
}
