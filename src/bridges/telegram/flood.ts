/** What becomes of one more message: taken, refused for the first time in a row, or refused like the one before. */
export type Verdict = 'take' | 'refuse' | 'refuse again'

interface Bucket {
  tokens: number
  at: number
  refused: boolean
}

/** So many messages at once, and then one every so many milliseconds. */
export interface FloodLimits {
  readonly burst: number
  readonly everyMs: number
}

const LIMITS: FloodLimits = { burst: 12, everyMs: 3_000 }

/** A bucket of tokens for each user. */
export class Flood {
  readonly #buckets = new Map<number, Bucket>()
  readonly #limits: FloodLimits

  constructor(limits: FloodLimits = LIMITS) {
    this.#limits = limits
  }

  /** Judges a message of a user; the time is in milliseconds. */
  judge(user: number, now: number): Verdict {
    const { burst, everyMs } = this.#limits
    const before = this.#buckets.get(user) ?? { tokens: burst, at: now, refused: false }
    const tokens = Math.min(burst, before.tokens + Math.max(0, now - before.at) / everyMs)
    const taken = tokens >= 1
    this.#buckets.set(user, { tokens: taken ? tokens - 1 : tokens, at: now, refused: !taken })
    return taken ? 'take' : before.refused ? 'refuse again' : 'refuse'
  }
}
