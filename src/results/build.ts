import type { AttemptReport } from '../domain/attempt.ts'
import type { Failure } from '../domain/errors.ts'
import type { Criterion, FinalStatus, TaskResult } from '../domain/result.ts'
import { type AttemptRecord, type RunRecord, spentUsd, type Tokens } from '../domain/run.ts'
import type { Task } from '../domain/task.ts'
import { roundUsd } from '../domain/usd.ts'

/** What a result is made of, at the end of a run. */
export interface Account {
  readonly task: Task
  /** With all attempts closed. */
  readonly record: RunRecord
  readonly status: FinalStatus
  /** Null exactly for a completed run. */
  readonly failure: Failure | null
  readonly agent: string
  /** Whether the agent asks no model. */
  readonly demo: boolean
  /** Of the last attempt. */
  readonly report: AttemptReport
  /** Where the last attempt worked; left out where there was none. */
  readonly workspace?: TaskResult['workspace']
  /** Each success criterion with what is known of it. */
  readonly criteria: readonly Criterion[]
  /** What is worth telling beside what the task and the agent's report tell. */
  readonly warnings: readonly string[]
  readonly finished: Date
}

/** The result of a run. Turns, tokens and cost are over all attempts, output and session of the last one. */
export function buildResult(account: Account): TaskResult {
  const { task, record, report } = account
  const { attempts } = record
  return {
    schema_version: 1,
    task_id: record.task_id,
    run_id: record.run_id,
    title: task.title,
    type: task.type,
    priority: task.priority,
    tags: task.head.tags ?? [],
    status: account.status,
    failure: account.failure,
    agent: account.agent,
    model: report.model ?? task.head.model ?? null,
    demo: account.demo,
    timings: timingsOf(record, account.finished),
    attempts,
    output: report.output,
    session_id: report.sessionId ?? attempts.findLast((attempt) => attempt.session_id !== null)?.session_id ?? null,
    turns: sum(attempts.map((attempt) => attempt.turns)),
    tokens: tokensOf(attempts),
    cost_usd: attempts.some((attempt) => attempt.cost_usd !== null) ? roundUsd(spentUsd(attempts)) : null,
    files_changed: record.files_changed,
    denials: [...report.denials],
    verify: [...record.verify],
    criteria: [...account.criteria],
    inferred: [...task.inferred],
    warnings: [...task.warnings, ...report.warnings, ...account.warnings],
    workspace: account.workspace ?? { kind: 'none', path: null },
    origin: task.head.origin ?? null,
    extras: { ...task.extras },
    source: { ...task.source },
  }
}

function timingsOf({ queued, attempts }: RunRecord, finished: Date): TaskResult['timings'] {
  const started = attempts[0]?.started ?? null
  const end = finished.toISOString()
  return {
    queued,
    started,
    finished: end,
    waited_ms: between(queued, started ?? end),
    worked_ms: attempts.reduce((total, attempt) => total + workedMs(attempt), 0),
  }
}

function workedMs({ started, finished, idle_ms = 0 }: AttemptRecord): number {
  return Math.max(0, between(started, finished ?? started) - idle_ms)
}

/** Milliseconds from one ISO time to another; a clock that was set back makes no negative times. */
function between(from: string, to: string): number {
  return Math.max(0, Date.parse(to) - Date.parse(from))
}

/** The sum of what is known; null where nothing is. */
function sum(values: readonly (number | null)[]): number | null {
  return values.reduce((total, value) => (value === null ? total : (total ?? 0) + value), null)
}

function tokensOf(attempts: readonly AttemptRecord[]): Tokens | null {
  return attempts.reduce<Tokens | null>((total, { tokens }) => (total && tokens ? added(total, tokens) : (total ?? tokens)), null)
}

function added(one: Tokens, other: Tokens): Tokens {
  return {
    input: one.input + other.input,
    output: one.output + other.output,
    cache_read: one.cache_read + other.cache_read,
    cache_creation: one.cache_creation + other.cache_creation,
  }
}
