/** `npm run chaos` runs the long form; everything else, CI too, the short one. */
export const IS_LONG = process.env.npm_lifecycle_event === 'chaos'

/** What all randomness comes from: ORCHESTRATOR_CHAOS_SEED repeats a run that failed. */
export const SEED = Number(process.env.ORCHESTRATOR_CHAOS_SEED ?? 20_261_121)

/** How often the daemon is killed at a random moment. */
export const ROUNDS = Number(process.env.ORCHESTRATOR_CHAOS_ROUNDS ?? (IS_LONG ? 200 : 30))

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
