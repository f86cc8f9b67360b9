/** How long the agents of runs have waited for answers, so that this counts for no limit of their attempts. */
export class AskClock {
  readonly #byRun = new Map<string, { ended: number; since: number; waiting: number }>()

  /** Runs while something is waited for; what is waited for at the same time counts once. */
  async during<T>(runId: string, work: () => Promise<T>): Promise<T> {
    const waits = this.#byRun.get(runId) ?? { ended: 0, since: 0, waiting: 0 }
    this.#byRun.set(runId, waits)
    if (waits.waiting++ === 0) waits.since = performance.now()
    try {
      return await work()
    } finally {
      if (--waits.waiting === 0) waits.ended += performance.now() - waits.since
    }
  }

  /** Milliseconds so far. */
  waitedMs(runId: string): number {
    const { ended, since, waiting } = this.#byRun.get(runId) ?? { ended: 0, since: 0, waiting: 0 }
    return ended + (waiting > 0 ? performance.now() - since : 0)
  }

  forget(runId: string): void {
    this.#byRun.delete(runId)
  }
}
