import type { ErrorCode, Failure } from './errors.ts'
import type { AgentReport, FileChange, VerifyRun } from './run.ts'

/** Everything an agent needs to know to start; plain data, so that it can cross a network. */
export interface AttemptSpec {
  readonly runId: string
  readonly taskId: string
  /** 1 for the first start of the run. */
  readonly attempt: number
  /** The whole text for the agent's standard input. */
  readonly prompt: string
  /** Real path of the working directory. */
  readonly cwd: string
  readonly readOnly: boolean
  readonly skipPermissions: boolean
  readonly permissionMode?: string
  readonly allowedTools: readonly string[]
  readonly disallowedTools: readonly string[]
  readonly model?: string
  /** Agent turns; 0 leaves the agent's own limit. */
  readonly maxTurns: number
  /** What this attempt may still spend. */
  readonly maxBudgetUsd?: number
  /** Wall-clock limit of the attempt in milliseconds. */
  readonly timeoutMs: number
  /** Shell commands that must succeed in the workspace after the agent, and the time limit of each in milliseconds. */
  readonly verify: { readonly commands: readonly string[]; readonly timeoutMs: number }
  /** A session to go on with instead of a new one. */
  readonly resumeSession?: string
  /** Whether text and repository come from the owner of this home: settings, hooks and @file mentions are then allowed. */
  readonly trustRepository: boolean
  readonly trustPrompt: boolean
  /** Whether the agent is told of `orchestrator ask` and `respond`, and may run them. */
  readonly mayAsk?: boolean
  /** What the agent must deny to its own tools, since nothing else keeps it from them. */
  readonly exposed?: ExposedPaths
}

/** Settings of the user that an agent obeys from its first moment: not its own to write. The rest of their directory is. */
export interface GoverningSettings {
  /** Absolute paths of the directories that they lie in, each with names of its own. */
  readonly directories: readonly string[]
  /** Names of those that are made where they are missing, so that no process of a run can make them: JSON files, and folders. */
  readonly files: readonly string[]
  readonly folders: readonly string[]
  /** Further names that are kept where they are there. */
  readonly others: RegExp
}

/** Files and folders of the home that are not an agent's; absolute paths. */
export interface ExposedPaths {
  /** Not to be written. */
  readonly governing: readonly string[]
  /** Not even to be read. */
  readonly secret: readonly string[]
}

/** What the verification of an attempt needs to know. */
export type VerifySpec = Pick<AttemptSpec, 'runId' | 'taskId' | 'attempt' | 'cwd' | 'verify'>

/** A process to start. `env` is added to the environment that the orchestrator allows for agents. */
export interface AgentCommand {
  readonly file: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly stdin: string
}

/** What an agent tells while it works, the same for every agent. */
export type AgentEvent =
  | { readonly kind: 'session'; readonly sessionId: string; readonly model?: string }
  | { readonly kind: 'turn'; readonly turns: number }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'tool'; readonly name: string; readonly detail: string }
  | { readonly kind: 'tool_done' }
  | { readonly kind: 'denied'; readonly tool: string; readonly reason: string }
  | { readonly kind: 'cost'; readonly costUsd: number }
  | { readonly kind: 'api_retry'; readonly attempt: number; readonly delayMs: number; readonly reason: string }
  | { readonly kind: 'result' }

/** A tool call that was not allowed. */
export type Denial = AgentReport['denials'][number]

/** What is known of an attempt at its end, however it ended: what its agent told, and what was found out about its work. */
export interface AttemptReport extends AgentReport {
  /** What changed in the workspace; null where that cannot be told. Added by whoever owns the workspace. */
  readonly filesChanged?: readonly FileChange[] | null
  /** The verify commands that were run after the agent; left out where none was. */
  readonly verify?: readonly VerifyRun[]
}

/** How an attempt ended. Expected failure is a value; throwing means a bug or lost infrastructure. */
export type AttemptOutcome =
  | { readonly ok: true; readonly report: AttemptReport }
  | { readonly ok: false; readonly failure: Failure; readonly report: AttemptReport }

/** An outcome, or an end that decides nothing: the agent was stopped to go on later, or not even started. */
export type AttemptEnd = AttemptOutcome | { readonly ok: undefined; readonly started: boolean; readonly report: AttemptReport }

/** What is known of an attempt that was never made. */
export const NO_REPORT: AttemptReport = { output: '', denials: [], warnings: [] }

/** Why the orchestrator ended an attempt; the first cause wins. `drain` keeps the run for the next start. */
export type StopCause = 'cancelled' | 'unanswered' | 'timeout' | 'no_output' | 'silent' | 'drain'

/** What an abort signal of an attempt carries as its reason. */
export interface StopReason {
  readonly cause: StopCause
  readonly by?: string
}

/** The failure code of each cause that ends a run; `drain` does not. */
export const STOP_CODES = {
  cancelled: 'cancelled',
  unanswered: 'question_unanswered',
  timeout: 'timeout',
  no_output: 'no_output',
  silent: 'silent',
} as const satisfies Record<Exclude<StopCause, 'drain'>, ErrorCode>

/** Who cancelled, as the message of the failure. */
export function cancelledBy(by: string | undefined): string {
  return by === undefined ? 'The task was cancelled.' : `The task was cancelled by ${by}.`
}
