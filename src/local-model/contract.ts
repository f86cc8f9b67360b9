import type { TaskResult } from '../domain/result.ts'
import type { VerifyRun } from '../domain/run.ts'
import type { Inference, Task } from '../domain/task.ts'

/** A small model on this machine that helps and never decides. No method rejects; no answer is `undefined` or an empty list. */
export interface LocalModel {
  /** Name for results and events, such as `ollama:llama3.1:8b`. */
  readonly name: string
  /** Values for what the author left open in free-form text; never for what was written. */
  fillGaps(task: Task, patience: Patience): Promise<readonly Inference[]>
  /** A summary for a person on a phone. */
  summarize(result: TaskResult, patience: Patience): Promise<string | undefined>
  /** Its judgement of success criteria, one for each criterion that it is sure of; never a word of the agent taken for a fact. */
  judge(evidence: Evidence, patience: Patience): Promise<readonly Judgement[]>
  /** Whether it answers, for `doctor` and `status`. */
  check(signal: AbortSignal): Promise<{ readonly ok: boolean; readonly detail: string; readonly fix?: string }>
}

/** What success criteria are judged from. */
export interface Evidence {
  readonly title: string
  /** Criteria that no command checks. */
  readonly criteria: readonly string[]
  /** Unified diff of all that was changed; empty where there is none. */
  readonly patch: string
  readonly verify: readonly VerifyRun[]
  /** What the agent said at the end: a claim, not a fact. */
  readonly output: string
}

/** What became of one criterion, and what shows it. */
export interface Judgement {
  /** As it stands in the evidence. */
  readonly criterion: string
  readonly met: boolean
  /** One sentence. */
  readonly evidence: string
}

/** How long one task may still wait for the local model, over all calls: it is spent as it is used. */
export interface Patience {
  remainingMs: number
  /** Ends the waiting at once, when the task is stopped. */
  readonly signal?: AbortSignal
}
