import type { AttemptEnd, AttemptSpec } from '../domain/attempt.ts'

/** One attempt as plain data: it can cross a network. */
export interface AttemptRequest {
  readonly agent: string
  readonly spec: AttemptSpec
}

/** Decides where an attempt runs, not whether. */
export interface Executor extends AsyncDisposable {
  /** Attempts that run at the same time; may be changed while it runs. */
  capacity: number
  /** Waits for a free slot and holds it while `work` runs; work decides what to do only when it has the slot. */
  slot(work: () => Promise<void>): Promise<void>
  run(request: AttemptRequest, signal: AbortSignal): Promise<AttemptEnd>
}
