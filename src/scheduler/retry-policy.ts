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
