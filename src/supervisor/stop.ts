import type { StopCause } from '../domain/attempt.ts'
import type { Running } from '../lib/running.ts'

/** Why we ended a process. */
export interface EndReason {
  readonly cause: StopCause | 'result_exit'
  readonly by?: string
}

/** The ending of a process by us: SIGTERM to it, later SIGKILL to all of its tree. Only the first reason counts. */
export class Stop {
  readonly #running: Running
  readonly #graceMs: number
  #grace: NodeJS.Timeout | undefined
  #reason: EndReason | undefined
  #afterResult = false
  /** Whether the last thing that the agent said is its result. */
  resultStands = false

  constructor(running: Running, graceMs: number) {
    this.#running = running
    this.#graceMs = graceMs
  }

  /** Why it was ended; undefined while it was not. */
  get reason(): EndReason | undefined {
    return this.#reason
  }

  /** Whether its result had come before it was ended. */
  get afterResult(): boolean {
    return this.#afterResult
  }

  /** Ends it, unless that is under way. */
  now(reason: EndReason): void {
    if (this.#reason !== undefined) return
    this.#reason = reason
    this.#afterResult = this.resultStands
    this.#running.terminate()
    this.#grace = setTimeout(() => void this.#running.destroy(), this.#graceMs)
  }

  /** Ends whatever is left of it, after any kind of end. */
  async finish(): Promise<void> {
    clearTimeout(this.#grace)
    await this.#running.destroy()
  }
}
