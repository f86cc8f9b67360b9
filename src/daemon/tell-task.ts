import type { HomePaths } from '../config/home.ts'
import type { ListedTask, TaskCard, TaskProgress } from '../control/protocol.ts'
import { lastEvents } from '../control/view/event-history.ts'
import { begunIdsIn } from '../control/view/folder-names.ts'
import { type TaskView, viewTask } from '../control/view/home-view.ts'
import { recentEnds } from '../control/view/recent-ends.ts'
import { resolveId } from '../control/view/resolve-id.ts'
import { peekTask } from '../control/view/task-peek.ts'
import { OrchestratorError } from '../domain/errors.ts'
import { readTaskFile } from '../inbox/read.ts'
import type { Redactor } from '../lib/redact.ts'
import { readSummary } from '../results/read.ts'
import { parseTask } from '../task-file/parse.ts'

/** Everything about a task that somebody far from its files wants to know. Throws `no_such_task` or `ambiguous_id`. */
export async function cardOf(text: string, paths: HomePaths, redact: Redactor): Promise<TaskCard> {
  const view = await look(text, paths)
  const { id, state, result, record } = view
  const file = result ? undefined : readTask(view, redact)
  return {
    id,
    state,
    title: result?.title ?? file?.title ?? id,
    origin: result?.origin ?? file?.head.origin ?? null,
    runId: record?.run_id ?? result?.run_id ?? null,
    failure: result?.failure ?? view.reason ?? null,
    summary: result ? (readSummary(paths, id) ?? null) : null,
    output: result?.output ?? null,
  }
}

/** What happened to a task of late. */
export async function progressOf(text: string, count: number, paths: HomePaths): Promise<Omit<TaskProgress, 'now'>> {
  const { id, state } = await look(text, paths)
  const events = lastEvents(paths.events, count, (event) => 'task_id' in event && event.task_id === id, [`"${id}"`])
  return { id, state, events }
}

/** The tasks that wait for an answer, and those that ended last. */
export function parkedAndEnded(paths: HomePaths, count: number, redact: Redactor): readonly ListedTask[] {
  const parked = begunIdsIn(paths.waiting).map((id) => ({
    id,
    state: 'waiting' as const,
    title: titleIn(`${paths.waiting}/${id}.task.md`, redact) ?? id,
  }))
  return [...parked, ...recentEnds(paths, count).map(({ id, state, title }) => ({ id, state, title }))]
}

/** The title that a task file seems to have, without secrets. */
export function titleIn(path: string, redact: Redactor): string | undefined {
  return peekTask(path, redact)?.title
}

async function look(text: string, paths: HomePaths): Promise<TaskView> {
  const view = viewTask(paths, await resolveId(paths.home, text))
  if (!view) throw new OrchestratorError('no_such_task', `${text} is gone: its file was removed.`)
  return view
}

function readTask({ file }: TaskView, redact: Redactor) {
  const read = file === undefined ? undefined : readTaskFile(file)
  const parsed =
    read?.kind === 'bytes' && file !== undefined ? parseTask({ bytes: read.bytes, file, modified: new Date(), redact }) : undefined
  return parsed?.ok ? parsed.task : undefined
}
