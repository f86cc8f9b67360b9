import type { Failure } from '../domain/errors.ts'

const FIRST_MS = 2_000
const LONGEST_MS = 5 * 60_000

/**
 * Milliseconds to wait before the next attempt, or undefined if there is none: the fault does not pass by itself, or the
 * retries are used up. Doubles with each attempt, with full jitter so that tasks that failed together do not come back together.
 */
export function retryDelay(
  failure: Failure,
  attemptsMade: number,
  retries: number,
  random: () => number = Math.random,
): number | undefined {
  if (!failure.retryable || attemptsMade > retries) return undefined
  const ceiling = Math.min(FIRST_MS * 2 ** (attemptsMade - 1), LONGEST_MS)
  return Math.round(ceiling * random())
}
