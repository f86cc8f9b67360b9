import { type AttemptEnd, cancelledBy, NO_REPORT } from '../domain/attempt.ts'
import { type ErrorCode, type Failure, failure, isErrorCode } from '../domain/errors.ts'
import { noteInRecord, writeRecord } from '../inbox/records.ts'
import { crashPoint } from '../lib/crash-point.ts'
import { chargedAttempts, isFree } from '../scheduler/holds.ts'
import { retryDelay } from '../scheduler/retry-policy.ts'
import { choicesOf } from './choices.ts'
import { finish } from './finish.ts'
import { endsAsking, hasToWait, park, withQuestions } from './parking.ts'
import { type Plan, planAttempt } from './plan.ts'
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

  const delay = end.ok || run.stop.signal.aborted ? undefined : delayUntilNext(end.failure, run, rooms)
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

/** Told when a further attempt is planned; after a hold, whose end nobody knows, when it begins. */
function tellRetry(run: Run, code: ErrorCode, delayMs: number, rooms: Rooms): void {
  const attempt = run.record.attempts.length + 1
  rooms.bus.event({ event: 'retry', attempt, code, delay_ms: delayMs, ...subjectOf(run) })
}

/** Milliseconds until a further attempt makes sense; undefined if none does. A limit of the account costs no retry: a hold decides when it ends. */
function delayUntilNext({ code, retryable }: Failure, run: Run, rooms: Rooms): number | undefined {
  if (isFree(code, run.isProbe)) return 0
  const { retries } = choicesOf(run.task, rooms.config())
  return retryable ? retryDelay(chargedAttempts(run.record.attempts), retries) : undefined
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
  run.record = { ...run.record, attempts: [...earlier, begun], next_attempt: null }
  noteInRecord(rooms.folders, run.record)
  crashPoint('attempt.noted')

  const end = overDay(await rooms.executor.run({ agent: plan.agent, spec: plan.spec }, run.stop.signal), plan.budgetOf)
  crashPoint('attempt.ended')
  if (end.ok === undefined && !end.started) {
    run.record = { ...run.record, attempts: earlier }
    return end
  }
  run.tried = { agent: plan.agent, started: Date.parse(begun.started), end }

  const outcome = end.ok === undefined ? 'interrupted' : end.ok ? 'completed' : end.failure.code
  const last = run.record.attempts.at(-1) ?? begun
  run.record = {
    ...run.record,
    attempts: [...earlier, finishedAttempt(last, outcome, end.report, new Date())],
    process: null,
    files_changed: mergeChanges(run.record.files_changed, end.report.filesChanged),
  }
  if (end.ok === undefined) {
    await writeRecord(rooms.folders, run.record)
    crashPoint('interruption.recorded')
  }
  return end
}

/** A budget that ran out because the day has no more to give is the day's end and not the task's. */
function overDay(end: AttemptEnd, budgetOf: 'run' | 'day' | undefined): AttemptEnd {
  if (end.ok !== false || end.failure.code !== 'max_budget' || budgetOf !== 'day') return end
  return { ...end, failure: failure('daily_budget', end.failure.message) }
}

type Changes = Run['record']['files_changed']

/** What all attempts together changed; unknown if any of them is. */
function mergeChanges(earlier: Changes, latest: Readonly<Changes> | undefined): Changes {
  if (latest === undefined) return earlier
  if (earlier === null || latest === null) return null
  const byPath = new Map([...earlier, ...latest].map((change) => [change.path, change]))
  return [...byPath.values()]
}
