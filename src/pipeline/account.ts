import type { AttemptOutcome } from '../domain/attempt.ts'
import { failure } from '../domain/errors.ts'
import { NO_FIELDS, RESULT_FIELDS } from '../domain/named-fields.ts'
import type { Criterion, FinalStatus, TaskResult } from '../domain/result.ts'
import { maskFields } from '../lib/redact.ts'
import { wordsOf } from '../lib/words-of.ts'
import { buildResult } from '../results/build.ts'
import { templateSummary, wordedSummary } from '../results/summary.ts'
import { readCriterion } from '../verify/criteria.ts'
import { type Assessment, assess } from './assess.ts'
import type { Rooms } from './rooms.ts'
import { type Ending, type Final, type Run, subjectOf } from './run.ts'

/**
 * The account of a run that has come to its end: its result, which keeps to the schema, and its summary. Never rejects: what goes wrong
 * costs what it is about and nothing else, and the result says so.
 */
export async function accountFor(run: Run, ending: Ending, rooms: Rooms): Promise<Final> {
  const lost: string[] = []
  const without = (what: string, error: unknown) => {
    lost.push(`${what}: ${masked(wordsOf(error), rooms)}`)
    rooms.log.error(what, { task: run.record.task_id, error })
  }
  const assessment = await assess(run, ending, rooms).catch((error: unknown) => {
    without('The work could not be weighed', error)
    return unweighed(run, ending)
  })
  const result = await resultOf(run, ending, assessment, rooms, without)
  const summary = await summaryOf(result, run, rooms, without)
  rooms.bus.event({ event: 'validated', ...subjectOf(run) })
  const told = lost.length === 0 ? result : { ...result, warnings: [...result.warnings, ...lost] }
  return { result: told, summary, isBare: false, isWritten: false }
}

/** A result of which nothing but the status can be wrong, for what cannot even be written otherwise. */
export function bareFinal(run: Run, { result }: Final, why: unknown, rooms: Rooms): Final {
  const warning = `The whole result could not be kept: ${masked(wordsOf(why), rooms)}`
  const bare = { ...bareResult(run, result.status, result.failure, [warning]), agent: result.agent, title: result.title }
  return { result: bare, summary: plainSummary(bare), isBare: true, isWritten: false }
}

type Without = (what: string, error: unknown) => void

/** What is known without weighing: commands have decided, and nobody has judged the criteria. */
function unweighed({ task }: Run, { end }: Ending): Assessment {
  const criteria = task.criteria.map(
    (written): Criterion => ({ text: textOf(written), status: 'unknown', evidence: null, judged_by: null }),
  )
  return { end, criteria, warnings: [] }
}

function textOf(criterion: string): string {
  try {
    return readCriterion(criterion).text
  } catch {
    return criterion // as it was written, check and all
  }
}

async function resultOf(
  run: Run,
  ending: Ending,
  { end, criteria, warnings }: Assessment,
  rooms: Rooms,
  without: Without,
): Promise<TaskResult> {
  const demo = await rooms.agent(ending.agent).then(
    (agent) => agent?.demo ?? false,
    () => ending.agent === 'demo',
  )
  const build = () =>
    buildResult({
      task: run.task,
      record: run.record,
      status: statusOf(end),
      failure: end.ok ? null : end.failure,
      agent: ending.agent,
      demo,
      report: end.report,
      workspace: { kind: 'none', path: ending.cwd ?? null },
      criteria,
      warnings,
      finished: new Date(),
    })
  try {
    const result = maskedResult(build(), rooms)
    rooms.results.check(result)
    return result
  } catch (error) {
    rooms.log.error('a result cannot be kept as it is', { task: run.record.task_id, error })
    return salvaged(run, ending, end, build, rooms, without)
  }
}

/** As much of a result as can be kept, field by field. */
function salvaged(run: Run, ending: Ending, end: AttemptOutcome, build: () => TaskResult, rooms: Rooms, without: Without): TaskResult {
  const reason = end.ok ? null : { ...end.failure, message: masked(end.failure.message, rooms), hint: masked(end.failure.hint, rooms) }
  let kept = bareResult(run, statusOf(end), reason, [])
  if (!fits(kept, rooms) && reason) kept = bareResult(run, 'failed', failure('broke_off', reason.message), [])
  const fields = fieldsOf(run, ending, end, build, without)
  const missing: string[] = []
  for (const [name, value] of Object.entries(fields)) {
    if (name in SETTLED) continue
    try {
      const next = { ...kept, ...maskedResult({ [name]: value }, rooms) }
      if (fits(next, rooms)) kept = next
      else missing.push(name)
    } catch {
      missing.push(name) // it cannot be masked, and so is not shown
    }
  }
  if (missing.length > 0) without('Parts of the result could not be kept', missing.join(', '))
  return kept
}

/** What `salvaged` has decided before it looks at the rest. */
const SETTLED = { schema_version: true, task_id: true, run_id: true, status: true, failure: true }

/** The fields of the whole result, or what can be told of them where it cannot be built. */
function fieldsOf({ task, record }: Run, ending: Ending, { report }: AttemptOutcome, build: () => TaskResult, without: Without): object {
  try {
    return build()
  } catch (error) {
    without('The result could not be built', error)
    const { head, title, type, priority, source, warnings } = task
    const { attempts, files_changed, verify } = record
    const { output, denials, sessionId: session_id = null } = report
    const workspace = { kind: 'none', path: ending.cwd ?? null }
    const known = { title, type, priority, source, attempts, files_changed, verify, output, denials, session_id, workspace }
    return { ...known, agent: ending.agent, origin: head.origin ?? null, warnings: [...warnings, ...report.warnings] }
  }
}

function fits(result: TaskResult, { results }: Rooms): boolean {
  try {
    results.check(result)
    return true
  } catch {
    return false
  }
}

async function summaryOf(result: TaskResult, run: Run, rooms: Rooms, without: Without): Promise<string> {
  const { bus } = rooms
  const subject = subjectOf(run)
  try {
    const model = rooms.localModel()
    const said = await model.summarize(result, run.patience)
    const words = said === undefined ? undefined : rooms.redact(said)
    const summary = words === undefined ? templateSummary(result) : wordedSummary(result, words)
    bus.event({ event: 'summarized', by: words === undefined ? 'template' : model.name, ...subject })
    return summary
  } catch (error) {
    without('The summary could not be made as usual', error)
    bus.event({ event: 'summarized', by: 'template', ...subject })
    return plainSummary(result)
  }
}

function plainSummary(result: TaskResult): string {
  try {
    return templateSummary(result)
  } catch {
    return `${result.task_id}: ${result.status}${result.failure ? ` (${result.failure.code})` : ''}\n`
  }
}

function statusOf(end: AttemptOutcome): FinalStatus {
  return end.ok ? 'completed' : end.failure.code === 'cancelled' ? 'cancelled' : 'failed'
}

function bareResult(run: Run, status: FinalStatus, reason: TaskResult['failure'], warnings: string[]): TaskResult {
  const { task_id, run_id, file } = run.record
  const now = new Date().toISOString()
  return {
    schema_version: 1,
    task_id,
    run_id,
    title: task_id,
    type: 'task',
    priority: 'medium',
    tags: [],
    status,
    failure: reason,
    agent: run.agent ?? '',
    model: null,
    demo: false,
    timings: { queued: now, started: null, finished: now, waited_ms: 0, worked_ms: 0 },
    attempts: [],
    output: '',
    session_id: null,
    turns: null,
    tokens: null,
    cost_usd: null,
    files_changed: null,
    denials: [],
    verify: [],
    criteria: [],
    inferred: [],
    warnings,
    workspace: { kind: 'none', path: null },
    origin: null,
    extras: {},
    source: { file, sha256: '0'.repeat(64) },
  }
}

/** A result, or fields of one, without secrets. What an author put under keys of their own is text, whatever the keys are. */
function maskedResult<T extends object>(fields: T, { redact }: Rooms): T {
  const masked = maskFields(redact, fields, RESULT_FIELDS)
  return 'extras' in fields ? { ...masked, extras: maskFields(redact, fields.extras, NO_FIELDS) } : masked
}

/** A text without secrets; where it cannot be masked it is not shown. */
function masked(text: string, { redact }: Rooms): string {
  try {
    return redact(text)
  } catch {
    return 'it cannot be masked, and so is not shown'
  }
}
