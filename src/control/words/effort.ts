import { formatDuration } from '../../lib/duration.ts'

/** What a run or an attempt took; null where that is not known. */
export interface Effort {
  readonly durationMs: number | null
  readonly turns: number | null
  readonly costUsd: number | null
}

/** What it took, as far as it is known: `1m 12s · 3 turns · $0.04`. */
export function formatEffort({ durationMs, turns, costUsd }: Effort): string {
  const parts = [durationMs === null ? '' : formatDuration(durationMs), formatTurns(turns), formatCost(costUsd)]
  return parts.filter(Boolean).join(' · ')
}

/** `1 turn`, `3 turns`; empty where it is not known. */
export function formatTurns(turns: number | null): string {
  return turns === null ? '' : `${turns} ${turns === 1 ? 'turn' : 'turns'}`
}

/** An amount in US dollars to the cent; empty where it is not known. */
export function formatCost(usd: number | null): string {
  if (usd === null) return ''
  return usd > 0 && usd < 0.005 ? '<$0.01' : `$${usd.toFixed(2)}`
}
