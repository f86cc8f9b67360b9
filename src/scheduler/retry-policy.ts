const FIRST_MS = 2_000
const LONGEST_MS = 5 * 60_000

/**
 * Milliseconds to wait before the next attempt after a passing fault, or undefined if the retries are used up. Doubles with each
 * attempt, with full jitter so that tasks that failed together do not come back together.
 */
export function retryDelay(attemptsMade: number, retries: number, random: () => number = Math.random): number | undefined {
  if (attemptsMade > retries) return undefined
  const ceiling = Math.min(FIRST_MS * 2 ** (attemptsMade - 1), LONGEST_MS)
  return Math.round(ceiling * random())
}

/**
 * The time of a planned attempt, in milliseconds since the epoch; undefined for one that lies further ahead than any is planned. That was
 * planned by a clock that has been set back since: nobody knows how much of the wait is over, so that it is due.
 */
export function plannedTime(planned: number | undefined, now: number): number | undefined {
  return planned === undefined || planned - now > LONGEST_MS ? undefined : planned
}
