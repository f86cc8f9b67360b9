import type { TaskResult } from '../domain/result.ts'
import type { Inference, Task } from '../domain/task.ts'

/** A small model on this machine that helps and never decides. No method rejects; no answer is `undefined` or an empty list. */
export interface LocalModel {
  /** Name for results and events, such as `ollama:llama3.1:8b`. */
  readonly name: string
  /** Values for what the author left open in free-form text; never for what was written. */
  fillGaps(task: Task, patience: Patience): Promise<readonly Inference[]>
  /** A summary for a person on a phone. */
  summarize(result: TaskResult, patience: Patience): Promise<string | undefined>
  /** Whether it answers, for `doctor` and `status`. */
  check(signal: AbortSignal): Promise<{ readonly ok: boolean; readonly detail: string; readonly fix?: string }>
}

/** How long one task may still wait for the local model, over all calls: it is spent as it is used. */
export interface Patience {
  remainingMs: number
  /** Ends the waiting at once, when the task is stopped. */
  readonly signal?: AbortSignal
}
