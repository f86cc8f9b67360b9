/** How much of everything there is: `npm test` has a little, CI in a run of its own more (ORCHESTRATOR_CHAOS=more), and `npm run chaos` most. */
export function amount<T>(little: T, more: T, most: T): T {
  if (process.env.npm_lifecycle_event === 'chaos') return most
  return process.env.ORCHESTRATOR_CHAOS === 'more' ? more : little
}

/** What all randomness comes from: ORCHESTRATOR_CHAOS_SEED repeats a run that failed. */
export const SEED = Number(process.env.ORCHESTRATOR_CHAOS_SEED ?? 20_261_121)

/** Random numbers from 0 up to 1, the same for the same seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
