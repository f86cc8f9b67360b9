import type { AgentEvent } from './attempt.ts'
import type { ErrorCode } from './errors.ts'
import type { FinalStatus } from './result.ts'
import type { RunRecord } from './run.ts'

/** Which task and run an event is about. */
export interface Subject {
  readonly task_id: string
  readonly run_id: string
}

/**
 * What happened, as `logs/events.ndjson` tells it. For a task that goes well, in this order: task_received, parsed,
 * <agent>_started, <agent>_finished, summarized, validated, artifacts_written, task_archived. Names keep their
 * meaning for ever; new ones may be added.
 */
export type OrchestratorEvent =
  | ({ readonly event: 'task_received'; readonly file: string } & Subject)
  | ({
      readonly event: 'parsed'
      readonly title: string
      readonly type: string
      readonly priority: string
      readonly inferred: readonly string[]
    } & Subject)
  | ({ readonly event: `${string}_started`; readonly attempt: number; readonly pid: number | null; readonly cwd: string } & Subject)
  | ({
      readonly event: `${string}_finished`
      readonly attempt: number
      readonly outcome: 'completed' | 'interrupted' | ErrorCode
      readonly duration_ms: number
      readonly turns: number | null
      readonly cost_usd: number | null
    } & Subject)
  | ({
      readonly event: 'verified'
      readonly attempt: number
      readonly command: string
      readonly exit_code: number | null
      readonly duration_ms: number
    } & Subject)
  | ({ readonly event: 'retry'; readonly attempt: number; readonly code: ErrorCode; readonly delay_ms: number } & Subject)
  | ({ readonly event: 'summarized'; readonly by: string } & Subject)
  | ({ readonly event: 'validated' } & Subject)
  | ({ readonly event: 'artifacts_written'; readonly result: string; readonly summary: string } & Subject)
  | ({ readonly event: 'task_archived'; readonly status: FinalStatus; readonly code: ErrorCode | null; readonly to: string } & Subject)
  | ({ readonly event: 'recovered'; readonly what: 'archived' | 'interrupted' | 'worked' } & Subject)
  | ({ readonly event: 'interrupted'; readonly attempt: number } & Subject)
  | ({
      readonly event: 'asked'
      readonly question_id: string
      readonly text: string
      readonly options: readonly string[]
      readonly default: string | null
      readonly deadline: string | null
    } & Subject)
  | ({ readonly event: 'answered'; readonly question_id: string; readonly answer: string; readonly by: string } & Subject)
  | ({ readonly event: 'question_expired'; readonly question_id: string; readonly applied: string | null } & Subject)
  | ({ readonly event: 'parked' } & Subject)
  | ({ readonly event: 'noted'; readonly text: string } & Subject)
  | { readonly event: 'task_rejected'; readonly file: string; readonly code: ErrorCode; readonly message: string }
  | { readonly event: 'daemon_started'; readonly pid: number; readonly version: string; readonly home: string }
  | { readonly event: 'daemon_stopped'; readonly reason: string }
  | { readonly event: 'paused' | 'resumed'; readonly by: string }
  | { readonly event: 'agent_held'; readonly agent: string; readonly code: ErrorCode; readonly until: string; readonly message: string }
  | { readonly event: 'agent_released'; readonly agent: string }
  | { readonly event: 'config_reloaded'; readonly changed: readonly string[] }
  | { readonly event: 'config_edit_waits'; readonly waiting: readonly string[] }

/** An event as it stands in the log: with its time. */
export type LoggedEvent = OrchestratorEvent & { readonly ts: string }

/** What an agent does right now: shown live, never written to the event log. */
export interface Progress extends Subject {
  readonly agent: string
  readonly attempt: number
  readonly activity: AgentEvent
  /** The process that does it, where it is not that of the agent. */
  readonly process?: NonNullable<RunRecord['process']>
}

/** Where news is heard. Listeners must not throw; they are told in the order of subscription. */
export interface EventSource {
  onEvent(listener: (event: LoggedEvent) => void): Disposable
  onProgress(listener: (progress: Progress) => void): Disposable
}

/** Where news is told. */
export interface EventSink {
  event(event: OrchestratorEvent): void
  progress(progress: Progress): void
}
