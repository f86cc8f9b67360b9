import type { TaskState } from '../home-view.ts'
import type { Style } from './style.ts'

/** How a state is marked everywhere. */
export interface StateMark {
  readonly mark: string
  readonly color: Exclude<keyof Style, 'bold'>
}

const MARKS: Readonly<Record<TaskState, StateMark>> = {
  queued: { mark: '·', color: 'dim' },
  running: { mark: '▶', color: 'cyan' },
  waiting: { mark: '?', color: 'yellow' },
  completed: { mark: '✔', color: 'green' },
  failed: { mark: '✖', color: 'red' },
  cancelled: { mark: '■', color: 'yellow' },
  archived: { mark: '·', color: 'dim' },
  rejected: { mark: '✖', color: 'red' },
}

/** The mark of a state and its colour. */
export function markOf(state: TaskState): StateMark {
  return MARKS[state]
}
