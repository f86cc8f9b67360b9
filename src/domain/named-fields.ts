/**
 * How fields are masked where they go out. What is called by an id is never masked, since nobody would find it by a masked one: ids, codes,
 * words of a list, times. Names are those of files, programs and people, and sentences of ours that hold ids. All else is text.
 */
interface NamedFields {
  readonly ids: ReadonlySet<string>
  readonly names: ReadonlySet<string>
}

const IDS = [
  ...['id', 'ids', 'task_id', 'run_id', 'question_id', 'session_id', 'taskId', 'runId', 'questionId', 'sessionId', 'task', 'sha256'],
  ...['event', 'ts', 'code', 'status', 'state', 'kind', 'outcome', 'priority', 'change', 'field', 'what', 'version', 'boot'],
  ...['since', 'until', 'deadline', 'asked', 'at', 'queued', 'claimed', 'started', 'finished', 'ended', 'rejected', 'next_attempt'],
]
const NAMES = [
  'file',
  'path',
  'cwd',
  'home',
  'agent',
  'model',
  'type',
  'origin',
  'by',
  'judged_by',
  'name',
  'changed',
  'wait',
  'inferred',
  'options',
]

/** Of events, and of the lines of the log that tell them. */
export const EVENT_FIELDS: NamedFields = { ids: new Set(IDS), names: new Set([...NAMES, 'to', 'result', 'summary']) }

/** Of results and of records of runs. */
export const RESULT_FIELDS: NamedFields = { ids: new Set(IDS), names: new Set(NAMES) }

/** Of what a daemon answers, and of what commands print of a home. */
export const ANSWER_FIELDS: NamedFields = { ids: new Set(IDS), names: new Set([...NAMES, 'waitsFor', 'waits_for', 'reason']) }

/** Of what others wrote in whatever form: all of it is text. */
export const NO_FIELDS: NamedFields = { ids: new Set(), names: new Set() }
