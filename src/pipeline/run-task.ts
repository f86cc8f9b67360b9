import { type AttemptEnd, type AttemptReport, cancelledBy, NO_REPORT } from '../domain/attempt.ts'
import { type ErrorCode, type Failure, failure, isErrorCode } from '../domain/errors.ts'
import { ofNewest, type Worked } from '../domain/run.ts'
import { hasUntoldCost, withShare } from '../domain/set-aside.ts'
import { noteInRecord, writeRecord } from '../inbox/records.ts'
import { crashPoint } from '../lib/crash-point.ts'
import { chargedAttempts, isFree } from '../scheduler/holds.ts'
import { retryDelay } from '../scheduler/retry-policy.ts'
import { noteAgentEnd } from './agent-end.ts'
import { choicesOf } from './choices.ts'
import { finish } from './finish.ts'
import { judge, ofDay } from './judge.ts'
import { endsAsking, hasToWait, park, withQuestions } from './parking.ts'
import { type Plan, planAttempt, planRest } from './plan.ts'
import { mayFix } from './remaining.ts'
import type { Rooms } from './rooms.ts'
import { type AgentEnd, finishedAttempt, type OnTried, type Run, type RunEnd, startedAttempt, stopReason, subjectOf } from './run.ts'

/**
 * The life of a task from its claim to its end, one attempt a call. A run that must wait for its next attempt gives its slot
 * back and is called again; everything that it then needs stands in its record. Where a daemon ended between an agent and the verdict on
 * its work, only that is left to do.
 */
export async function runTask(run: Run, rooms: Rooms, onTried: OnTried): Promise<RunEnd> {
  if (hasToWait(run, rooms)) return park(run, rooms)
  const { worked } = run.record
  const turn = worked ? await judgeWork(run, worked, rooms) : await makeAttempt(run, rooms, onTried)
  const end = withQuestions(run, turn.end)
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

  run.ending = { ...turn, end }
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
async function makeAttempt(run: Run, rooms: Rooms, onTried: OnTried): Promise<AgentEnd> {
  const plan = await planAttempt(run, rooms.config(), async (agent) => (await rooms.agent(agent))?.can.resume ?? false, rooms.results.read)
  const { agent } = plan
  run.agent = agent
  if (!plan.ok) return { agent, cwd: undefined, end: whyNot(run, NO_REPORT) ?? { ok: false, failure: plan.failure, report: NO_REPORT } }
  const end = whyNot(run, NO_REPORT) ?? (await attempt(run, plan, rooms, onTried))
  return { agent, cwd: plan.spec.cwd, end }
}

/** The rest of an attempt whose agent had ended well when its daemon did. */
async function judgeWork(run: Run, worked: Worked, rooms: Rooms): Promise<AgentEnd> {
  const { agent, cwd, report } = worked
  run.agent = agent
  const spec = await planRest(run, worked, rooms.config())
  const made =
    whyNot(run, report) ??
    ('code' in spec ? { ok: false as const, failure: spec, report } : await rooms.executor.verify({ agent, spec, report }, run.stop.signal))
  crashPoint('attempt.ended')
  const isPutOff = made.ok === undefined && !made.started
  return { agent, cwd, end: isPutOff ? made : await close(run, made, worked, rooms) }
}

/** Why nothing is done any more for a run that was stopped or has come to its end. */
function whyNot(run: Run, report: AttemptReport): AttemptEnd | undefined {
  const stopped = stopReason(run)
  if (stopped?.cause === 'drain') return { ok: undefined, started: false, report }
  if (stopped?.cause === 'unanswered') return { ok: false, failure: failure('question_unanswered'), report }
  if (stopped) return { ok: false, failure: failure('cancelled', cancelledBy(stopped.by)), report }
  return run.verdict && { ok: false, failure: run.verdict, report }
}

async function attempt(run: Run, plan: Plan & { readonly ok: true }, rooms: Rooms, onTried: OnTried): Promise<AttemptEnd> {
  const earlier = run.record.attempts
  const held = earlier.at(-1)?.outcome
  if (isErrorCode(held) && isFree(held, true)) tellRetry(run, held, 0, rooms)
  const begun = startedAttempt(plan.spec.attempt, new Date())
  const now = { agent: plan.agent, cwd: plan.spec.cwd, attempts: [...earlier, begun], next_attempt: null }
  run.record = withShare({ ...run.record, ...now }, plan.spec.maxBudgetUsd)
  noteInRecord(rooms.folders, run.record)
  crashPoint('attempt.noted')

  const request = { agent: plan.agent, spec: plan.spec }
  const made = await rooms.executor.run(request, run.stop.signal, (end) => {
    run.agentEnd = { agent: plan.agent, cwd: plan.spec.cwd, end }
    const verifies = end.ok === true && plan.spec.verify.commands.length > 0
    onTried({ agent: plan.agent, started: Date.parse(begun.started), end: ofDay(end, plan.budgetOf), verifies })
    return noteAgentEnd(run, request, end, rooms)
  })
  crashPoint('attempt.ended')
  if (made.ok === undefined && !made.started) {
    run.record = { ...run.record, attempts: earlier }
    return made
  }
  return close(run, ofDay(made, plan.budgetOf), undefined, rooms)
}

/** Closes the newest attempt. One whose work could not be judged before a stop stays open: the next start goes on with that. */
async function close(run: Run, made: AttemptEnd, resumed: Worked | undefined, rooms: Rooms): Promise<AttemptEnd> {
  const { worked } = run.record
  const end = judge(made, run)
  run.record = { ...run.record, process: null }
  if (end.ok === undefined && worked) run.record = { ...run.record, worked: { ...worked, cut_off: 0 } }
  else {
    const outcome = end.ok === undefined ? 'interrupted' : end.ok ? 'completed' : end.failure.code
    const closed = ofNewest(run.record, (last) => finishedAttempt(last, outcome, end.report, { now: new Date(), resumed }))
    run.record = { ...closed, verify: [...(end.report.verify ?? closed.verify)], worked: undefined }
    // A stop that we asked for costs what it told: only a process that was cut off counts with all that it was given.
    if (end.ok === undefined || !hasUntoldCost(end.report)) run.record = withShare(run.record, undefined)
  }
  if (end.ok === undefined) {
    await writeRecord(rooms.folders, run.record)
    crashPoint('interruption.recorded')
  }
  return end
}
