import type { ErrorCode, Failure } from '../domain/errors.ts'
import type { LoggedEvent } from '../domain/events.ts'
import type { TaskState } from './view/home-view.ts'

/**
 * What a running daemon can be told and asked: HTTP over a local socket, `POST /v1/<verb>` with a JSON body, answered by an
 * `Answer` in JSON. The CLI and the bridges use the same verbs. Each verb belongs to one kind of socket: the owner's, or that of a run.
 */

/** What a verb answers. */
export type Answer<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: { readonly code: ErrorCode; readonly message: string; readonly hint: string } }

/** Who asks; shown in results and logs. */
export interface Asked {
  readonly by?: string
}

/** Who an agent says it is. */
export interface FromRun {
  readonly runId: string
  readonly token: string
}

/** What the owner of a home says, over the socket of the daemon: each verb with what it takes and gives. */
export interface OwnerVerbs {
  create: { request: Asked & TaskWish; value: CreatedTask }
  submit: { request: Asked & TaskDocument; value: CreatedTask }
  status: { request: Asked; value: DaemonStatus }
  list: { request: Asked & { readonly limit?: number }; value: { readonly tasks: readonly ListedTask[] } }
  show: { request: Asked & { readonly id: string }; value: TaskCard }
  progress: { request: Asked & { readonly id: string; readonly lines?: number }; value: TaskProgress }
  why: { request: Asked & { readonly id: string }; value: PlaceInQueue }
  cancel: { request: Asked & { readonly id: string }; value: { readonly id: string } }
  retry: { request: Asked & { readonly id?: string; readonly allFailed?: boolean }; value: { readonly ids: readonly string[] } }
  pause: { request: Asked; value: { readonly paused: true } }
  resume: { request: Asked; value: { readonly paused: false } }
  /** Reads the configuration again and takes in all of it; gives the names of what changed. Refused as `bad_config` where it is broken. */
  reload: { request: Asked; value: { readonly changed: readonly string[] } }
  /** The answer as it counts: an option as it was offered. */
  answer: {
    request: Asked & { readonly taskId: string; readonly questionId?: string; readonly text: string }
    value: { readonly taskId: string; readonly questionId: string; readonly answer: string }
  }
}

/** What the agent of an attempt says, over the socket of its run. */
export interface RunVerbs {
  /** Answers when there is an answer, or when none came within ASK_WAIT_SEC. */
  ask: {
    request: FromRun & {
      readonly text: string
      readonly options: readonly string[]
      readonly default: string | null
      /** Milliseconds from now. */
      readonly deadlineMs: number | null
    }
    value: { readonly questionId: string; readonly answer: string | null; readonly by: string | null }
  }
  respond: { request: FromRun & { readonly text: string }; value: { readonly noted: true } }
}

export interface Verbs extends OwnerVerbs, RunVerbs {}

export type Verb = keyof Verbs

/** Tells a daemon something in the name of its owner and gives its answer; rejects with an OrchestratorError where it refuses. */
export type Send = <V extends keyof OwnerVerbs>(verb: V, request: OwnerVerbs[V]['request']) => Promise<OwnerVerbs[V]['value']>

/** A task in words. Asked for twice with the same origin and prompt it is made once. */
export interface TaskWish {
  readonly prompt: string
  /** A directory that must exist, relative to the base directory. */
  readonly cwd?: string | undefined
  /** Id of the task whose conversation is gone on with; one that has not ended is waited for. May be shortened. */
  readonly resume?: string | undefined
  readonly origin?: string | undefined
  /** Kept in `tasks/attachments/<id>/` and named in the context of the task. */
  readonly files?: readonly AttachedFile[] | undefined
}

/** A file that goes with a task. */
export interface AttachedFile {
  /** Becomes a safe file name. */
  readonly name: string
  readonly base64: string
}

/** A whole task file. Its origin is written into it, whatever stood there. */
export interface TaskDocument {
  readonly markdown: string
  /** Name of the file; decides the id where the text does not. */
  readonly name: string
  readonly origin: string
  /** Whether the sender only passed on what somebody else wrote, who may not create tasks: it may never widen anything. */
  readonly forwarded?: boolean
}

/** A task that lies in the inbox now. */
export interface CreatedTask {
  /** The id it will have, unless it names one that was used before. */
  readonly id: string
  /** Name of its file in `tasks/`. */
  readonly file: string
}

/** A task in one line. */
export interface ListedTask {
  readonly id: string
  readonly state: TaskState
  readonly title: string
}

/** A task for somebody far from its files. Undefined and null: not known, or not yet. */
export interface TaskCard {
  /** The whole id. */
  readonly id: string
  readonly state: TaskState
  readonly title: string
  readonly origin: string | null
  /** The run that runs, else the newest that ended. */
  readonly runId: string | null
  /** Of the newest run that ended. */
  readonly failure: Pick<Failure, 'code' | 'message' | 'hint'> | null
  readonly summary: string | null
  readonly output: string | null
}

/** What has happened to a task of late, oldest first, and what it does now. */
export interface TaskProgress {
  readonly id: string
  readonly state: TaskState
  readonly events: readonly LoggedEvent[]
  readonly now: RunningTask | null
}

/** The state of a daemon at one moment. Times are ISO 8601. */
export interface DaemonStatus {
  readonly pid: number
  readonly version: string
  readonly home: string
  readonly since: string
  readonly concurrency: number
  readonly holds: readonly HoldView[]
  readonly running: readonly RunningTask[]
  /** What waits for answers of people. */
  readonly waiting: readonly WaitingTask[]
  /** The first of the queue, at most 100. */
  readonly queued: readonly QueuedTask[]
  readonly queuedCount: number
  /** How each bridge stands; `ok` is null for one that is off, or not connected yet. */
  readonly bridges: readonly { readonly name: string; readonly ok: boolean | null; readonly detail: string }[]
  /** Names of what was edited in the configuration and waits for `reload`, since an agent could have edited it. */
  readonly configWaiting: readonly string[]
}

/** Why nothing, or nothing of one agent, is started now. */
export interface HoldView {
  readonly kind: 'paused' | 'storage' | 'agent' | 'daily_budget' | 'stopping'
  /** All of it in one sentence. */
  readonly reason: string
  /** Whose account is held; null where the queue is. */
  readonly agent: string | null
  /** What the agent met. */
  readonly code: ErrorCode | null
  /** When it ends by itself; one of an agent whose time has come ends once a task got through. Null where nobody knows. */
  readonly until: string | null
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
  /** What the agent last said with `orchestrator respond`. */
  readonly said?: string
}

/** A task that is parked until its questions are answered. */
export interface WaitingTask {
  readonly id: string
  /** Its open questions, oldest first. */
  readonly questions: readonly OpenQuestion[]
}

/** What an agent wants to know. Times are ISO 8601. */
export interface OpenQuestion {
  readonly id: string
  readonly text: string
  readonly options: readonly string[]
  readonly default: string | null
  readonly asked: string
  readonly deadline: string | null
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

/** What is done for each verb. `gone` is aborted when nobody waits for the answer any more. */
type CommandsFor<V extends keyof Verbs> = {
  readonly [Name in V]: (request: Verbs[Name]['request'], gone?: AbortSignal) => Promise<Verbs[Name]['value']>
}

/** What the daemon does for its owner. */
export type Commands = CommandsFor<keyof OwnerVerbs>

/** What the daemon does for the agent of one run. */
export type RunCommands = CommandsFor<keyof RunVerbs>
