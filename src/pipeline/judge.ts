import type { AttemptEnd } from '../domain/attempt.ts'
import { failure } from '../domain/errors.ts'
import { modelTurnsOf } from '../domain/run.ts'
import { isReadOnly } from '../domain/task.ts'
import type { Run } from './run.ts'

/** The type of a task that says nothing of what kind it is: a question is one as well. */
const UNTOLD = 'task'

/** What the end of an agent means where its budget was a share of the day's: a day that has no more to give is no end of the task. */
export function ofDay(end: AttemptEnd, budgetOf: 'run' | 'day' | undefined): AttemptEnd {
  if (end.ok !== false || end.failure.code !== 'max_budget' || budgetOf !== 'day') return end
  return { ...end, failure: failure('daily_budget', end.failure.message) }
}

/**
 * What the end of an attempt means for its run, with what was changed in mind: words without deeds are no success where the author said
 * that something is to be changed. The attempt must stand in the record.
 */
export function judge(end: AttemptEnd, run: Run): AttemptEnd {
  if (!isOnlyWords(end, run)) return end
  const told = run.task.head.type
  if (told === undefined || told === UNTOLD) {
    return {
      ...end,
      report: { ...end.report, warnings: [...end.report.warnings, 'Nothing was changed or run: there is only the answer.'] },
    }
  }
  const message = `No file changed and nothing was run, though the task is to change something (type: ${told}).`
  return { ok: false, failure: failure('nothing_done', message), report: end.report }
}

function isOnlyWords({ ok, report }: AttemptEnd, { task, record, questions }: Run): boolean {
  const begunBefore = record.attempts.slice(0, -1).some((attempt) => modelTurnsOf(attempt) !== 0)
  return (
    ok === true &&
    report.deeds === 0 &&
    record.files_changed?.length === 0 &&
    !isReadOnly(task.type) &&
    !begunBefore &&
    questions.length === 0
  )
}
