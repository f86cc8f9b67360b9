import type { TaskState } from '../../control/view/home-view.ts'
import type { Style } from './style.ts'
import type { Cell } from './table.ts'

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

/** An id behind its mark, as the first cell of a row. */
export function markedId(id: string, { mark, color }: StateMark, style: Style): Cell {
  return { text: `${mark} ${id}`, paint: (text) => `${style[color](mark)}${style.bold(text.slice(mark.length))}` }
}
