import type { AttemptEnd, AttemptOutcome, AttemptReport, StopReason } from '../domain/attempt.ts'
import type { Failure } from '../domain/errors.ts'
import type { Subject } from '../domain/events.ts'
import type { Question } from '../domain/question.ts'
import type { FinalStatus, TaskResult } from '../domain/result.ts'
import type { AttemptRecord, RunRecord, Worked } from '../domain/run.ts'
import type { Task } from '../domain/task.ts'
import type { Patience } from '../local-model/contract.ts'

/** A run that is under way: its task, its record, and the signal that ends it. */
export interface Run {
  task: Task
  record: RunRecord
  /** What its agent has asked, as far as that was looked at; oldest first. */
  questions: readonly Question[]
  readonly patience: Patience
  /** Who does it, once that is settled. */
  agent: string | undefined
  /** What was set aside of the day's budget for the next attempt, in US dollars; undefined where the day has no limit. */
  allowanceUsd: number | undefined
  /** Whether its next attempt tries for all others if a hold of its agent is over. */
  isProbe: boolean
  /** Why it ends without a further attempt, if it does. */
  verdict: Failure | undefined
  /** How the agent of this turn has ended, once it has: whatever goes wrong after that, it is not started again. */
  agentEnd: AgentEnd | undefined
  /** How it ended, once it has: kept until the result is written. */
  ending: Ending | undefined
  /** What is to be written of it, and where that lies once it is: a disk that refuses has neither weighed nor told twice. */
  final: Final | undefined
  /** Aborted with a StopReason. */
  readonly stop: AbortController
}

/** How an agent that was started has ended, for what that tells of its account. */
export interface Tried {
  readonly agent: string
  /** Milliseconds since the epoch. */
  readonly started: number
  readonly end: AttemptEnd
  /** Whether its work is to be verified, for which it keeps its slot. */
  readonly verifies: boolean
}

/** Told as soon as an agent has ended, whatever is done with its work. */
export type OnTried = (tried: Tried) => void

/** How an agent has ended, and where it worked; undefined where it did not. */
export interface AgentEnd {
  readonly agent: string
  readonly cwd: string | undefined
  readonly end: AttemptEnd
}

/** How a run came to its end. */
export interface Ending extends AgentEnd {
  readonly end: AttemptOutcome
}

/** The account of a run that has ended. */
export interface Final {
  readonly result: TaskResult
  readonly summary: string
  /** Whether it is made of nothing that could break the schema. */
  readonly isBare: boolean
  isWritten: boolean
}

/** How one turn of a run ended: for good, to go on later, or to wait for an answer. Times are milliseconds since the epoch. */
export type RunEnd =
  | { readonly kind: 'done'; readonly status: FinalStatus }
  | { readonly kind: 'again'; readonly at: number }
  | { readonly kind: 'interrupted' }
  | { readonly kind: 'parked' }

/** A run of a task just read. */
export function beginRun(task: Task, record: RunRecord, stop: AbortController, patienceMs: number): Run {
  return {
    task,
    record,
    questions: [],
    patience: { remainingMs: patienceMs, signal: stop.signal },
    agent: undefined,
    allowanceUsd: undefined,
    isProbe: false,
    verdict: undefined,
    agentEnd: undefined,
    ending: undefined,
    final: undefined,
    stop,
  }
}

/** Which task and run an event of this run is about. */
export function subjectOf(run: Run): Subject {
  return { task_id: run.record.task_id, run_id: run.record.run_id }
}

/** Why a run was asked to stop, if it was. */
export function stopReason({ stop }: Pick<Run, 'stop'>): StopReason | undefined {
  return stop.signal.aborted ? (stop.signal.reason as StopReason) : undefined
}

/** The record of an attempt that starts now. */
export function startedAttempt(attempt: number, now: Date): AttemptRecord {
  const open = { finished: null, outcome: null, session_id: null, turns: null, cost_usd: null, tokens: null, verify_ms: null }
  return { attempt, started: now.toISOString(), ...open }
}

/** The record of an attempt with what its agent told by its end. */
export function toldAttempt(begun: AttemptRecord, report: AttemptReport): AttemptRecord {
  return {
    ...begun,
    session_id: report.sessionId ?? begun.session_id,
    turns: report.turns ?? begun.turns,
    ...(report.modelTurns !== undefined && report.modelTurns !== report.turns && { model_turns: report.modelTurns }),
    cost_usd: report.costUsd ?? begun.cost_usd,
    tokens: report.tokens ?? begun.tokens,
    ...(report.waitedMs !== undefined && report.waitedMs > 0 && { waited_ms: report.waitedMs }),
  }
}

/** The record of an attempt that ended; the time of one that was gone on with is that of its agent and of its verify commands. */
export function finishedAttempt(
  begun: AttemptRecord,
  outcome: string,
  { verify }: AttemptReport,
  { now, resumed }: { readonly now: Date; readonly resumed: Worked | undefined },
): AttemptRecord {
  const verifyMs = verify?.reduce((sum, { duration_ms }) => sum + duration_ms, 0) ?? null
  const idleMs = resumed && Math.max(0, now.getTime() - Date.parse(resumed.ended) - (verifyMs ?? 0))
  return { ...begun, finished: now.toISOString(), outcome, verify_ms: verifyMs, ...(idleMs !== undefined && { idle_ms: idleMs }) }
}
