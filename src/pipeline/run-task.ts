import { type AttemptEnd, cancelledBy, NO_REPORT } from '../domain/attempt.ts'
import { type ErrorCode, type Failure, failure, isErrorCode } from '../domain/errors.ts'
import { hasUntoldCost, withShare } from '../domain/set-aside.ts'
import { noteInRecord, writeRecord } from '../inbox/records.ts'
import { crashPoint } from '../lib/crash-point.ts'
import { chargedAttempts, isFree } from '../scheduler/holds.ts'
import { retryDelay } from '../scheduler/retry-policy.ts'
import { choicesOf } from './choices.ts'
import { finish } from './finish.ts'
import { judge } from './judge.ts'
import { mergeChanges } from './merge-changes.ts'
import { endsAsking, hasToWait, park, readAsked, withQuestions } from './parking.ts'
import { type Plan, planAttempt } from './plan.ts'
import { mayFix } from './remaining.ts'
import type { Rooms } from './rooms.ts'
import { finishedAttempt, type Run, type RunEnd, startedAttempt, stopReason, subjectOf } from './run.ts'

/**
 * The life of a task from its claim to its end, one attempt a call. A run that must wait for its next attempt gives its slot
 * back and is called again; everything that it then needs stands in its record.
 */
export async function runTask(run: Run, rooms: Rooms): Promise<RunEnd> {
  if (hasToWait(run, rooms)) return park(run, rooms)
  const plan = await planAttempt(run, rooms.config(), async (agent) => (await rooms.agent(agent))?.can.resume ?? false, rooms.results.read)
  run.agent = plan.agent
  const end = withQuestions(run, await attempt(run, plan, rooms), rooms)
  if (end.ok === undefined && !end.started && !run.stop.signal.aborted) return putOff(run, rooms)
  if (end.ok === undefined) {
    rooms.bus.event({ event: 'interrupted', attempt: run.record.attempts.length, ...subjectOf(run) })
    return { kind: 'interrupted' }
  }
  if (endsAsking(run, end)) return park(run, rooms)

  const delay = end.ok || endsForGood(run) ? undefined : delayUntilNext(end.failure, run, rooms)
  if (!end.ok && delay !== undefined) {
    const at = Date.now() + delay
    run.record = { ...run.record, next_attempt: new Date(at).toISOString() }
    await writeRecord(rooms.folders, run.record)
    crashPoint('retry.recorded')
    if (!isFree(end.failure.code, run.isProbe)) tellRetry(run, end.failure.code, delay, rooms)
    return { kind: 'again', at }
  }

  run.ending = { agent: plan.agent, cwd: plan.ok ? plan.spec.cwd : undefined, end }
  return finish(run, run.ending, rooms)
}

/** Whether it was stopped for a reason that no further attempt follows. */
function endsForGood(run: Run): boolean {
  const stopped = stopReason(run)
  return stopped !== undefined && stopped.cause !== 'drain'
}

/** Told when a further attempt is planned; after a hold, whose end nobody knows, when it begins. */
function tellRetry(run: Run, code: ErrorCode, delayMs: number, rooms: Rooms): void {
  const attempt = run.record.attempts.length + 1
  rooms.bus.event({ event: 'retry', attempt, code, delay_ms: delayMs, ...subjectOf(run) })
}

/**
 * Milliseconds until a further attempt makes sense; undefined if none does. A limit of the account costs no retry: a hold decides when it
 * ends. Neither does work that a verify command refused: it goes back to the agent as often as the task allows.
 */
function delayUntilNext({ code, retryable }: Failure, run: Run, rooms: Rooms): number | undefined {
  if (isFree(code, run.isProbe)) return 0
  const choices = choicesOf(run.task, rooms.config())
  if (code === 'verify_failed') return mayFix(run.record, choices) ? 0 : undefined
  return retryable ? retryDelay(chargedAttempts(run.record.attempts), choices.retries) : undefined
}

/** Gives the slot back before an attempt; what was inferred so far is kept in the record. */
export async function putOff(run: Run, rooms: Rooms): Promise<RunEnd> {
  await writeRecord(rooms.folders, run.record)
  crashPoint('inference.recorded')
  return { kind: 'again', at: Date.now() }
}

/** One start of the agent, noted in the record before and after. */
async function attempt(run: Run, plan: Plan, rooms: Rooms): Promise<AttemptEnd> {
  const stopped = stopReason(run)
  if (stopped?.cause === 'drain') return { ok: undefined, started: false, report: NO_REPORT }
  if (stopped?.cause === 'unanswered') return { ok: false, failure: failure('question_unanswered'), report: NO_REPORT }
  if (stopped) return { ok: false, failure: failure('cancelled', cancelledBy(stopped.by)), report: NO_REPORT }
  if (run.verdict) return { ok: false, failure: run.verdict, report: NO_REPORT }
  if (!plan.ok) return { ok: false, failure: plan.failure, report: NO_REPORT }

  const earlier = run.record.attempts
  const held = earlier.at(-1)?.outcome
  if (isErrorCode(held) && isFree(held, true)) tellRetry(run, held, 0, rooms)
  const begun = startedAttempt(plan.spec.attempt, new Date())
  run.record = withShare({ ...run.record, attempts: [...earlier, begun], next_attempt: null }, plan.spec.maxBudgetUsd)
  noteInRecord(rooms.folders, run.record)
  crashPoint('attempt.noted')

  const made = await rooms.executor.run({ agent: plan.agent, spec: plan.spec }, run.stop.signal)
  crashPoint('attempt.ended')
  if (made.ok === undefined && !made.started) {
    run.record = { ...run.record, attempts: earlier }
    return made
  }
  run.record = {
    ...run.record,
    process: null,
    files_changed: mergeChanges(run.record.files_changed, made.report.filesChanged),
    verify: [...(made.report.verify ?? run.record.verify)],
  }
  readAsked(run, rooms)
  const end = judge(made, run, plan.budgetOf)
  run.tried = { agent: plan.agent, started: Date.parse(begun.started), end }

  const outcome = end.ok === undefined ? 'interrupted' : end.ok ? 'completed' : end.failure.code
  const last = run.record.attempts.at(-1) ?? begun
  run.record = { ...run.record, attempts: [...earlier, finishedAttempt(last, outcome, end.report, new Date())] }
  // A stop that we asked for costs what it told: only a process that was cut off counts with all that it was given.
  if (end.ok === undefined || !hasUntoldCost(end.report)) run.record = withShare(run.record, undefined)
  if (end.ok === undefined) {
    await writeRecord(rooms.folders, run.record)
    crashPoint('interruption.recorded')
  }
  return end
}
