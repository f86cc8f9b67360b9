import type { ErrorCode } from '../domain/errors.ts'

/**
 * What a running daemon can be told and asked: HTTP over a local socket, `POST /v1/<verb>` with a JSON body, answered by an
 * `Answer` in JSON. The CLI and the bridges use the same verbs.
 */

/** What a verb answers. */
export type Answer<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: { readonly code: ErrorCode; readonly message: string; readonly hint: string } }

/** Who asks; shown in results and logs. */
export interface Asked {
  readonly by?: string
}

/** Each verb with what it takes and gives. */
export interface Verbs {
  status: { request: Asked; value: DaemonStatus }
  why: { request: Asked & { readonly id: string }; value: PlaceInQueue }
  cancel: { request: Asked & { readonly id: string }; value: { readonly id: string } }
  retry: { request: Asked & { readonly id?: string; readonly allFailed?: boolean }; value: { readonly ids: readonly string[] } }
  pause: { request: Asked; value: { readonly paused: true } }
  resume: { request: Asked; value: { readonly paused: false } }
}

export type Verb = keyof Verbs

/** The state of a daemon at one moment. Times are ISO 8601. */
export interface DaemonStatus {
  readonly pid: number
  readonly version: string
  readonly home: string
  readonly since: string
  readonly concurrency: number
  readonly holds: readonly { readonly kind: 'paused' | 'storage' | 'agent' | 'daily_budget' | 'stopping'; readonly reason: string }[]
  readonly running: readonly RunningTask[]
  /** The first of the queue, at most 100. */
  readonly queued: readonly QueuedTask[]
  readonly queuedCount: number
}

/** A task that has a slot. */
export interface RunningTask {
  readonly id: string
  readonly runId: string | null
  readonly title: string
  readonly agent: string
  readonly attempt: number
  readonly since: string
  readonly turns: number
  readonly tool: string | null
  readonly costUsd: number | null
  readonly note: string | null
}

/** A task that waits, and why. */
export interface QueuedTask {
  readonly id: string
  readonly file: string
  readonly priority: string
  readonly since: string
  /** Why it is not started now; null where it waits for a slot alone. */
  readonly waitsFor: string | null
}

/** Where a task stands in the queue, however far behind. */
export interface PlaceInQueue {
  /** How many go before it; null where it does not wait. */
  readonly before: number | null
  /** Why it is not started now; null where it waits for a slot alone. */
  readonly waitsFor: string | null
}

/** What the daemon offers to the control room. */
export type Commands = { readonly [V in Verb]: (request: Verbs[V]['request']) => Promise<Verbs[V]['value']> }
