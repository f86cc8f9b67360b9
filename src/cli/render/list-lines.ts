import type { TaskState } from '../../control/view/home-view.ts'
import { formatCost } from '../../control/words/effort.ts'
import { formatAge, formatDuration } from '../../lib/duration.ts'
import { markedId, markOf } from './state-mark.ts'
import type { Picture } from './status-lines.ts'
import { table } from './table.ts'

/** A task in a list, as JSON prints it too. */
export interface ListedTask {
  readonly id: string
  readonly state: TaskState
  /** What it is about; for a rejected file why it was rejected. */
  readonly title: string
  readonly priority: string | null
  readonly agent: string | null
  /** ISO time at which the state began, as far as that is known. */
  readonly since: string | null
  readonly code: string | null
  readonly duration_ms: number | null
  readonly cost_usd: number | null
  readonly waits_for: string | null
}

const HEADER = ['  ID', 'STATE', 'PRIO', 'AGENT', 'AGE', 'TOOK', 'COST', 'TITLE']

/** Tasks as a table. What a queued task waits for stands in the place of its title. */
export function listLines(tasks: readonly ListedTask[], { style, columns, now }: Picture): readonly string[] {
  const rows = tasks.map((task) => {
    const mark = markOf(task.state)
    return [
      markedId(task.id, mark, style),
      { text: task.state, paint: style[mark.color] },
      task.priority ?? '',
      task.agent ?? '',
      task.since === null ? '' : formatAge(now - Date.parse(task.since)),
      task.duration_ms === null ? '' : formatDuration(task.duration_ms),
      formatCost(task.cost_usd),
      { text: detailOf(task), paint: style.dim },
    ]
  })
  return table(rows, { columns, header: HEADER, paintHeader: style.dim, right: [4, 5, 6], flexible: [7, 0] })
}

function detailOf({ title, waits_for: reason, code, state }: ListedTask): string {
  if (reason !== null) return `waits: ${reason}`
  return code === null || state === 'cancelled' ? title : `${code}: ${title}`
}
