import type { AttemptEnd } from '../domain/attempt.ts'
import { RESULT_FIELDS } from '../domain/named-fields.ts'
import { isAwaited } from '../domain/question.ts'
import { ofNewest, type Worked } from '../domain/run.ts'
import type { AttemptRequest } from '../executors/contract.ts'
import { noteInRecord, writeRecord } from '../inbox/records.ts'
import { crashPoint } from '../lib/crash-point.ts'
import { maskFields } from '../lib/redact.ts'
import { mergeChanges } from './merge-changes.ts'
import { readAsked } from './parking.ts'
import type { Rooms } from './rooms.ts'
import { type Run, toldAttempt } from './run.ts'

/**
 * Takes in how the agent of an attempt has ended, and notes work that is to be verified before that begins: whatever becomes of the
 * daemon, no agent is started for it again. Answers whether there is such work; while the agent waits for an answer it is not done yet.
 */
export async function noteAgentEnd(run: Run, { agent, spec }: AttemptRequest, end: AttemptEnd, rooms: Rooms): Promise<boolean> {
  readAsked(run, rooms)
  const { filesChanged, verify: _, ...report } = end.report
  run.record = {
    ...ofNewest(run.record, (attempt) => toldAttempt(attempt, report)),
    process: null,
    files_changed: mergeChanges(run.record.files_changed, filesChanged),
  }
  if (!end.ok || run.questions.some((question) => isAwaited(question, spec.attempt))) return false

  const ended = new Date().toISOString()
  try {
    const worked: Worked = { agent, cwd: spec.cwd, ended, report: maskFields(rooms.redact, report, RESULT_FIELDS), cut_off: 0 }
    run.record = { ...run.record, worked }
    // Without commands the result follows at once, and a wait for the disk would cost more than it keeps.
    if (spec.verify.commands.length > 0) await writeRecord(rooms.folders, run.record)
    else noteInRecord(rooms.folders, run.record)
    crashPoint('attempt.worked')
  } catch (error) {
    rooms.log.warn('that the agent has done its work cannot be noted', { task: spec.taskId, error })
  }
  return true
}
