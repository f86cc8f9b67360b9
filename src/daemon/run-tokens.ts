import { randomBytes } from 'node:crypto'
import type { EventSource } from '../domain/events.ts'

/**
 * The secrets by which the agent of a run is known, one a run, for as long as this daemon lives: agents do not outlive it. Their form is
 * known to the redactor, so that they reach no log.
 */
export class RunTokens {
  readonly #byRun = new Map<string, string>()

  constructor(events: EventSource) {
    events.onEvent((event) => {
      if (event.event === 'task_archived' || event.event === 'parked') this.#byRun.delete(event.run_id)
    })
  }

  /** The token of a run, made where it has none yet. */
  of(runId: string): string {
    const token = this.#byRun.get(runId) ?? `orc-run-${randomBytes(24).toString('base64url')}`
    this.#byRun.set(runId, token)
    return token
  }

  fits(runId: string, token: string): boolean {
    return this.#byRun.get(runId) === token
  }
}
