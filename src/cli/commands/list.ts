import { join } from 'node:path'
import type { Environment } from '../../config/environment.ts'
import type { HomePaths } from '../../config/home.ts'
import type { RunningTask } from '../../control/protocol.ts'
import { begunIdsIn, queuedNames } from '../../control/view/folder-names.ts'
import { isFinal, readRunRecord, TASK_STATES, type TaskState } from '../../control/view/home-view.ts'
import { openQuestion } from '../../control/view/open-questions.ts'
import { type QueuedFile, queuedFiles } from '../../control/view/queued-files.ts'
import { requireHome } from '../../control/view/require-home.ts'
import { peekTask } from '../../control/view/task-peek.ts'
import { questionWords } from '../../control/words/question-words.ts'
import { OrchestratorError } from '../../domain/errors.ts'
import { ANSWER_FIELDS } from '../../domain/named-fields.ts'
import { isOpen } from '../../domain/question.ts'
import { TASK_SUFFIX } from '../../domain/task-name.ts'
import { readQuestions } from '../../inbox/questions.ts'
import { nearest } from '../../lib/nearest.ts'
import { maskFields, type Redactor } from '../../lib/redact.ts'
import { askDaemon, type DaemonView } from '../ask-daemon.ts'
import type { Command } from '../context.ts'
import { endedTasks } from '../ended-tasks.ts'
import { homeRedactor } from '../home-redactor.ts'
import { printJson } from '../print-json.ts'
import { readCount } from '../read-count.ts'
import { type ListedTask, listLines } from '../render/list-lines.ts'
import { createStyle } from '../render/style.ts'

const DEFAULT_ENDED = 20
/** Of how many queued tasks it is told what they wait for; as many as a daemon tells of. */
const EXPLAINED = 100

/** `list`: all tasks that have not ended, in the order of start, and the last that have. */
export const list: Command = async (context, _args, options) => {
  const paths = requireHome(context.home)
  const state = readState(options.state)
  const most = readCount(options, 'lines', DEFAULT_ENDED)
  const redact = await homeRedactor(paths, context.env)
  const open = state === undefined || !isFinal(state) ? await openTasks(paths, context.env, redact) : []
  const ended = state === undefined || isFinal(state) ? lastEnded(paths, state, most) : []
  const found = [...open.filter((task) => state === undefined || task.state === state), ...ended]
  const tasks = maskFields(redact, found, ANSWER_FIELDS)

  if (options.json === true) printJson(context.out, tasks)
  else if (tasks.length === 0) context.err.line(state === undefined ? 'There are no tasks yet.' : `No task is ${state}.`)
  else {
    const columns = context.out.isTerminal ? context.out.columns : Number.POSITIVE_INFINITY
    for (const line of listLines(tasks, { style: createStyle(context.out.color), columns, now: Date.now() })) context.out.line(line)
  }
  return 0
}

function readState(value: unknown): TaskState | undefined {
  if (value === undefined) return undefined
  const state = TASK_STATES.find((one) => one === value)
  if (state) return state
  const meant = nearest(String(value), TASK_STATES)
  throw new OrchestratorError('usage', `There is no state "${String(value)}"${meant === undefined ? '.' : `; did you mean ${meant}?`}`, {
    hint: `States are ${TASK_STATES.join(', ')}.`,
  })
}

/** What runs, waits or is queued; the files say which tasks these are, a daemon what they do and what they wait for. */
async function openTasks(paths: HomePaths, environment: Environment, redact: Redactor): Promise<readonly ListedTask[]> {
  const daemon = await askDaemon(paths)
  const files = queuedFiles(paths, queuedNames(paths), redact)
  const live = new Map(daemon.kind === 'answers' ? daemon.status.running.map((task) => [task.id, task]) : [])
  const reasons = await reasonsFor(files, daemon, paths, environment)
  const begun = (['running', 'waiting'] as const).flatMap((state) =>
    begunIdsIn(paths[state]).map((id) => {
      const waits_for = state === 'waiting' ? answerFor(paths, id) : live.has(id) ? null : (reasons.get(`running/${id}`) ?? null)
      return { ...begunTask(paths, id, { state, live: live.get(id) }, redact), waits_for }
    }),
  )
  return [...begun, ...files.map((file) => queuedTask(file, reasons.get(file.name)))]
}

/** What tasks wait for, by their keys in the queue; of a long one the first are told. */
async function reasonsFor(
  files: readonly QueuedFile[],
  daemon: DaemonView,
  paths: HomePaths,
  environment: Environment,
): Promise<ReadonlyMap<string, string | null>> {
  if (daemon.kind === 'answers') return new Map(daemon.status.queued.map(({ file, waitsFor }) => [file, waitsFor]))
  const { lookAheadOn } = await import('../queue-from-files.ts')
  return (await lookAheadOn(paths, environment, files.slice(0, EXPLAINED))).reasons
}

function answerFor(paths: HomePaths, id: string): string | null {
  const asked = readQuestions(paths, id).filter(isOpen).map(openQuestion)
  return asked.length === 0 ? null : `an answer to ${asked.map(questionWords).join(', and to ')}`
}

function begunTask(
  paths: HomePaths,
  id: string,
  { state, live }: { readonly state: 'running' | 'waiting'; readonly live: RunningTask | undefined },
  redact: Redactor,
): ListedTask {
  const peek = peekTask(join(paths[state], id + TASK_SUFFIX), redact)
  const record = readRunRecord(paths, id)
  return listed({
    id,
    state,
    title: live?.title ?? peek?.title ?? id,
    priority: peek?.priority ?? 'medium',
    agent: live?.agent || record?.agent || peek?.agent || null,
    since: live?.since ?? record?.claimed ?? null,
    cost_usd: live?.costUsd ?? null,
  })
}

function queuedTask({ id, title, priority, agent, modified }: QueuedFile, reason: string | null | undefined): ListedTask {
  return listed({
    id,
    state: 'queued',
    title: title ?? id,
    priority: priority ?? 'medium',
    agent: agent ?? null,
    since: new Date(modified).toISOString(),
    waits_for: reason ?? null,
  })
}

function lastEnded(paths: HomePaths, wanted: TaskState | undefined, most: number): readonly ListedTask[] {
  const tasks: ListedTask[] = []
  for (const { durationMs, costUsd, ended, ...task } of most > 0 ? endedTasks(paths) : []) {
    if (wanted !== undefined && task.state !== wanted) continue
    tasks.push(listed({ ...task, since: ended, duration_ms: durationMs, cost_usd: costUsd }))
    if (tasks.length === most) break
  }
  return tasks
}

/** A task with null for what is not known of it. */
function listed(task: Pick<ListedTask, 'id' | 'state' | 'title'> & Partial<ListedTask>): ListedTask {
  const { id, state, title, ...known } = task
  const unknown = { priority: null, agent: null, since: null, code: null, duration_ms: null, cost_usd: null, waits_for: null }
  return { id, state, title, ...unknown, ...known }
}
