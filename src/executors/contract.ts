import type { AttemptEnd, AttemptReport, AttemptSpec, VerifySpec } from '../domain/attempt.ts'

/** One attempt as plain data: it can cross a network. */
export interface AttemptRequest {
  readonly agent: string
  readonly spec: AttemptSpec
}

/** Work to be verified whose agent had ended before; plain data as well. */
export interface VerifyRequest {
  readonly agent: string
  readonly spec: VerifySpec
  readonly report: AttemptReport
}

/** Told how the agent of an attempt has ended, and what it has changed; answers whether its work is to be verified. */
export type OnAgentEnd = (end: AttemptEnd) => Promise<boolean>

/** The two things that an executor does. */
export interface Attempting {
  /** One start of an agent, and the verification of its work. */
  run(request: AttemptRequest, signal: AbortSignal, onAgentEnd: OnAgentEnd): Promise<AttemptEnd>
  /** The verification alone. */
  verify(request: VerifyRequest, signal: AbortSignal): Promise<AttemptEnd>
}

/** Decides where an attempt runs, not whether. */
export interface Executor extends Attempting, AsyncDisposable {
  /** Attempts that run at the same time; may be changed while it runs. */
  capacity: number
  /** Waits for a free slot and holds it while `work` runs; work decides what to do only when it has the slot. */
  slot(work: () => Promise<void>): Promise<void>
}
