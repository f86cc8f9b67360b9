import type { Inference, Task } from '../domain/task.ts'
import { PRIORITIES, type Priority } from '../domain/task.ts'
import type { Patience } from '../local-model/contract.ts'
import type { Rooms } from './rooms.ts'

/** Has the local model fill what free-form text left open; without one the task stays as it is. */
export async function fillGaps(task: Task, patience: Patience, rooms: Rooms): Promise<Task> {
  if (task.structured) return task
  return withInferences(task, await rooms.localModel().fillGaps(task, patience))
}

/** The task with values that were inferred for it; what was written is never overridden. */
export function withInferences(task: Task, inferred: readonly Inference[]): Task {
  if (inferred.length === 0) return task
  return inferred.reduce<Task>(apply, { ...task, inferred })
}

function apply(task: Task, { field, value }: Inference): Task {
  if (typeof value === 'string') {
    if (field === 'title') return { ...task, title: value }
    if (field === 'type' && task.head.type === undefined) return { ...task, type: value }
    if (field === 'priority' && task.head.priority === undefined && isPriority(value)) return { ...task, priority: value }
    if (field === 'cwd' && task.head.cwd === undefined) return { ...task, head: { ...task.head, cwd: value } }
    return task
  }
  if (field === 'target_files' && task.targetFiles.length === 0) return { ...task, targetFiles: value }
  if (field === 'criteria' && task.criteria.length === 0) return { ...task, criteria: value }
  return task
}

function isPriority(value: string): value is Priority {
  return (PRIORITIES as readonly string[]).includes(value)
}
