import { hasUntoldCost } from '../domain/set-aside.ts'
import type { Tried } from '../pipeline/run.ts'
import { isHolding } from '../scheduler/holds.ts'
import type { AgentHolds } from './agent-holds.ts'
import type { Seat } from './seats.ts'
import type { Spending } from './spending.ts'

/** What is remembered of agents over restarts. */
export interface Accounts {
  readonly holds: AgentHolds
  readonly spending: Spending
}

/** Takes in what the end of an agent says of its account, and what it has cost. */
export function settleAccounts({ candidate, run }: Seat, { agent, started, end }: Tried, { holds, spending }: Accounts): void {
  const given = run?.allowanceUsd ?? 0
  const cost = end.ok !== undefined && hasUntoldCost(end.report) ? given : (end.report.costUsd ?? 0)
  const isUsedUp = end.ok === false && end.failure.code === 'daily_budget' // whatever it reports: there is no more for it today
  spending.spent(candidate.key, isUsedUp ? Math.max(cost, given) : cost, new Date())
  if (end.ok === undefined) return
  const { code, message } = end.ok ? {} : end.failure
  const trouble = code !== undefined && isHolding(code) ? { code, message: message ?? '', resetsAt: end.report.limitResetsAt } : undefined
  const wasAsked = end.ok || (end.report.modelTurns ?? end.report.turns ?? 0) > 0
  if (trouble || wasAsked) holds.learn({ agent, started, trouble }, Date.now())
}
