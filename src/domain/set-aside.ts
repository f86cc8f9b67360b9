import type { AttemptReport } from './attempt.ts'
import type { RunRecord } from './run.ts'

/** The record with what its newest attempt is given to spend, in US dollars; undefined where there is no budget. */
export function withShare(record: RunRecord, usd: number | undefined): RunRecord {
  if (usd === undefined && record.set_aside === undefined) return record
  const { [numberOf(record)]: _, ...others } = record.set_aside ?? {}
  return { ...record, set_aside: usd === undefined ? others : { ...others, [numberOf(record)]: usd } }
}

/**
 * What a run has spent, or may have, in US dollars. An attempt that was cut off before its agent told the cost counts with all that it
 * was given, since nobody can learn it later: what Claude Code says of a resumed conversation leaves out a process that was killed.
 */
export function committedUsd({ attempts, set_aside }: Pick<RunRecord, 'attempts' | 'set_aside'>): number {
  return attempts.reduce((sum, { attempt, cost_usd }) => sum + (cost_usd ?? set_aside?.[attempt] ?? 0), 0)
}

/** Whether an attempt may have cost something that it did not tell. Before its conversation began it cannot have asked a model. */
export function hasUntoldCost({ costUsd, sessionId }: AttemptReport): boolean {
  return costUsd === undefined && sessionId !== undefined
}

function numberOf({ attempts }: RunRecord): string {
  return String(attempts.length)
}
