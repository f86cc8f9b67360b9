import { describeBlocker, describeHold } from '../../scheduler/blockers.ts'
import type { DayBudget } from '../../scheduler/budgets.ts'
import type { Hold } from '../../scheduler/holds.ts'
import type { HoldView } from '../protocol.ts'

/** What may hold a queue up. */
export interface Holding {
  readonly paused: boolean
  /** Why the home cannot be written. */
  readonly storageProblem?: string | undefined
  readonly agents: readonly Hold[]
  /** The budget of the day, where some task waits for the next one. */
  readonly budget?: DayBudget | undefined
  readonly stopping?: boolean
}

/** All that holds a queue up at a moment, in milliseconds since the epoch. */
export function holdViews({ paused, storageProblem, agents, budget, stopping = false }: Holding, now: number): HoldView[] {
  return [
    ...(paused ? [whole('paused', 'paused; `orchestrator resume` opens the queue')] : []),
    ...(storageProblem === undefined ? [] : [whole('storage', storageProblem)]),
    ...agents.map((hold) => ({
      kind: 'agent' as const,
      reason: describeHold(hold, now),
      agent: hold.agent,
      code: hold.code,
      until: iso(hold.until),
    })),
    ...(budget ? [{ ...whole('daily_budget', describeBlocker({ kind: 'daily_budget', budget }, now)), until: iso(budget.until) }] : []),
    ...(stopping ? [whole('stopping', 'the daemon is stopping')] : []),
  ]
}

/** A hold of the whole queue whose end nobody knows. */
function whole(kind: HoldView['kind'], reason: string): HoldView {
  return { kind, reason, agent: null, code: null, until: null }
}

function iso(time: number): string {
  return new Date(time).toISOString()
}
