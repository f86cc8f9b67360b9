import { type AttemptEnd, cancelledBy } from '../domain/attempt.ts'
import { type Failure, failure } from '../domain/errors.ts'
import { awaitsAnswer, isOpen, isUnanswered } from '../domain/question.ts'
import type { AttemptRecord } from '../domain/run.ts'
import { parkTask } from '../inbox/park.ts'
import { readQuestions } from '../inbox/questions.ts'
import { writeRecord } from '../inbox/records.ts'
import type { Rooms } from './rooms.ts'
import { type Run, type RunEnd, stopReason, subjectOf } from './run.ts'

/** Looks at what the run has asked so far. Where nobody answered in time it has come to its end; true where it has to wait before its next attempt. */
export function hasToWait(run: Run, rooms: Rooms): boolean {
  readAsked(run, rooms)
  run.verdict ??= unanswered(run)
  return run.verdict === undefined && !run.stop.signal.aborted && run.questions.some(isOpen)
}

/** What an attempt comes to with regard to what its agent has asked meanwhile: nothing is completed over an open question. */
export function withQuestions(run: Run, end: AttemptEnd): AttemptEnd {
  if (end.ok === undefined || run.questions.length === 0) return end
  const { report } = end
  const nobody = unanswered(run)
  if (nobody && (end.ok || end.failure.code === nobody.code)) return { ok: false, failure: nobody, report }
  const stopped = stopReason(run)
  if (end.ok && stopped?.cause === 'cancelled' && awaitsAnswer(run.questions, run.record.attempts))
    return { ok: false, failure: failure('cancelled', cancelledBy(stopped.by)), report }
  return end
}

/**
 * Whether the agent has ended its turn without knowing all answers, be it since it was told to or since it went on regardless. That
 * it was denied something does not count yet: it may have asked just for that.
 */
export function endsAsking(run: Run, end: AttemptEnd): boolean {
  const endedItsTurn = end.ok === true || (end.ok === false && end.failure.code === 'permission_denied')
  return endedItsTurn && awaitsAnswer(run.questions, run.record.attempts)
}

/** Puts the run aside until its questions are answered: no process, no slot. Its last attempt costs no retry. */
export async function park(run: Run, rooms: Rooms): Promise<RunEnd> {
  const { attempts } = run.record
  run.record = { ...run.record, attempts: attempts.map(parkedAttempt), process: null, next_attempt: null, worked: undefined }
  await writeRecord(rooms.folders, run.record)
  await parkTask(rooms.folders, run.record.task_id)
  rooms.bus.event({ event: 'parked', ...subjectOf(run) })
  return { kind: 'parked' }
}

/** Why a run ends whose question had its deadline in vain. */
function unanswered({ questions }: Pick<Run, 'questions'>): Failure | undefined {
  const question = questions.find(isUnanswered)
  return question && failure('question_unanswered', `Nobody answered "${question.text}" until ${question.deadline}.`)
}

/** Has the run know what its agent has asked by now. */
export function readAsked(run: Run, { folders }: Rooms): void {
  run.questions = readQuestions(folders, run.record.task_id, run.record.run_id)
}

/** An attempt whose end is not known is one whose record could not be written when it ended. */
function parkedAttempt(attempt: AttemptRecord): AttemptRecord {
  const isLast = attempt.outcome === null || attempt.outcome === 'completed' || attempt.outcome === 'permission_denied'
  return isLast ? { ...attempt, outcome: 'parked', finished: attempt.finished ?? new Date().toISOString() } : attempt
}
