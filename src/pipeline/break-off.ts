import { cancelledBy, NO_REPORT } from '../domain/attempt.ts'
import { type Failure, failure } from '../domain/errors.ts'
import { ofNewest, type RunRecord, type Worked } from '../domain/run.ts'
import { DEFAULT_TYPE, type Task } from '../domain/task.ts'
import { writeRecord } from '../inbox/records.ts'
import { wordsOf } from '../lib/words-of.ts'
import { chargedAttempts } from '../scheduler/holds.ts'
import { retryDelay } from '../scheduler/retry-policy.ts'
import { choicesOf } from './choices.ts'
import { finish } from './finish.ts'
import type { Rooms } from './rooms.ts'
import { beginRun, type Ending, type Run, type RunEnd, stopReason } from './run.ts'

/**
 * What becomes of a run that was broken off by an error that is neither an outcome nor one of the disk. Once its agent has ended it has come
 * to its end; before that it is tried again as often as it may be, and then ends as failed. Rejects with what the disk refuses.
 */
export async function breakOff(run: Run, error: unknown, rooms: Rooms): Promise<RunEnd> {
  const { agentEnd, ending, verdict } = run
  const stopped = stopReason(run)
  const isPutOff = agentEnd !== undefined && agentEnd.end.ok === undefined
  if (ending || isPutOff || stopped?.cause === 'drain') return { kind: 'interrupted' }
  const { worked } = run.record
  run.record = { ...(worked ? countedOnce(run.record) : closedNow(run.record)), process: null }
  const isOver = agentEnd !== undefined || stopped !== undefined || verdict !== undefined
  const delay = isOver ? undefined : retryDelay(timesBroken(run.record), retriesOf(run, rooms))
  if (delay !== undefined) {
    const at = Date.now() + delay
    run.record = { ...run.record, next_attempt: new Date(at).toISOString() }
    await writeRecord(rooms.folders, run.record)
    return { kind: 'again', at }
  }
  if (worked) run.record = closedNow(run.record)
  run.ending = endingOf(run, worked, error)
  return finish(run, run.ending, rooms)
}

/** A run of which only its record can be read, for the account of its end. */
export function runOfRecord(record: RunRecord, stop: AbortController): Run {
  const { task_id: id, file, queued } = record
  const nothing = { head: {}, extras: {}, prompt: '', targetFiles: [], criteria: [], context: undefined, inferred: [], warnings: [] }
  const source = { file, sha256: '0'.repeat(64) }
  const task: Task = { ...nothing, id, title: id, type: DEFAULT_TYPE, priority: 'medium', created: queued, structured: true, source }
  return beginRun(task, record, stop, 0)
}

/** The record with its open attempt closed, or counted where none is open. */
function closedNow(record: RunRecord): RunRecord {
  if (record.attempts.at(-1)?.finished !== null) return countedOnce(record)
  return ofNewest({ ...record, worked: undefined }, (last) => ({ ...last, finished: new Date().toISOString(), outcome: 'broke_off' }))
}

/** Work that is to be judged stays open: only the judgement is made again. */
function countedOnce(record: RunRecord): RunRecord {
  return { ...record, broke_off: (record.broke_off ?? 0) + 1 }
}

function timesBroken({ attempts, broke_off = 0 }: RunRecord): number {
  return chargedAttempts(attempts.filter(({ finished }) => finished !== null)) + broke_off
}

/** The end as far as it is known: what the agent said of its failure, a verdict and a cancel stand. */
function endingOf(run: Run, worked: Worked | undefined, error: unknown): Ending {
  const { agentEnd, verdict, record } = run
  const agent = agentEnd?.agent ?? worked?.agent ?? run.agent ?? record.agent ?? ''
  const cwd = agentEnd?.cwd ?? worked?.cwd
  const report = agentEnd?.end.report ?? worked?.report ?? NO_REPORT
  const stopped = stopReason(run)
  const known: Failure | undefined =
    agentEnd?.end.ok === false
      ? agentEnd.end.failure
      : stopped?.cause === 'cancelled'
        ? failure('cancelled', cancelledBy(stopped.by))
        : stopped?.cause === 'unanswered'
          ? failure('question_unanswered')
          : verdict
  const how = agentEnd || worked ? 'The agent had ended, but what it did could not be judged' : 'The run broke off'
  const said = `${how}: ${wordsOf(error)}`
  if (known) return { agent, cwd, end: { ok: false, failure: known, report: { ...report, warnings: [...report.warnings, said] } } }
  return { agent, cwd, end: { ok: false, failure: failure('broke_off', said), report } }
}

function retriesOf({ task }: Run, rooms: Rooms): number {
  const config = rooms.config()
  try {
    return choicesOf(task, config).retries
  } catch {
    return config.settings.MAX_RETRIES // the choices may be what broke off
  }
}
