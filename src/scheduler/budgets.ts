/** What a day still has to give. Amounts are US dollars. */
export interface DayBudget {
  readonly limitUsd: number
  /** Neither spent nor set aside for what runs. */
  readonly leftUsd: number
  /** Slots that could still be filled: a task without a budget of its own gets an equal share. */
  readonly freeSlots: number
  /** When the next day begins; milliseconds since the epoch. */
  readonly until: number
}

/** Less than this buys no answer worth having. */
const LEAST_USD = 0.01

/** What a task may spend of the day, set aside before it starts; undefined where the day has not enough left for it. */
export function grant({ limitUsd, leftUsd, freeSlots }: DayBudget, wantsUsd: number | undefined): number | undefined {
  if (leftUsd < LEAST_USD) return undefined
  if (wantsUsd === undefined) return leftUsd / Math.max(1, freeSlots)
  const needed = Math.min(wantsUsd, limitUsd)
  return needed <= leftUsd ? needed : undefined
}

/** The day that a moment belongs to, where this machine stands: `2026-11-21`. */
export function dayOf(now: Date): string {
  return [now.getFullYear(), now.getMonth() + 1, now.getDate()].map((part) => String(part).padStart(2, '0')).join('-')
}

/** When the day after a moment begins; milliseconds since the epoch. */
export function nextDay(now: Date): number {
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1).getTime()
}
