import type { HomePaths } from '../../config/home.ts'
import type { LoggedEvent } from '../../domain/events.ts'
import type { TaskResult } from '../../domain/result.ts'
import { TASK_SUFFIX } from '../../domain/task-name.ts'
import { readResult } from '../../results/read.ts'
import { lastEvents } from './event-history.ts'
import type { TaskState } from './home-view.ts'

/** A task that has ended, in short. */
export interface EndedTask {
  readonly id: string
  readonly state: TaskState
  /** ISO time. */
  readonly ended: string
  /** What it was about, or why it was rejected. */
  readonly title: string
  readonly priority: string | null
  readonly agent: string | null
  readonly code: string | null
  readonly durationMs: number | null
  readonly costUsd: number | null
}

/** The last ends that the event log tells of, newest first; it is read backwards, so that a large archive costs nothing. */
export function recentEnds(paths: HomePaths, count: number): readonly EndedTask[] {
  return lastEvents(paths.events, count, isEnd, ['"task_archived"', '"task_rejected"'])
    .reverse()
    .flatMap((event) => endOf(paths, event))
}

function endOf(paths: HomePaths, event: LoggedEvent): readonly EndedTask[] {
  if (event.event === 'task_rejected')
    return [{ ...NOTHING_MORE, id: stem(event.file), state: 'rejected', ended: event.ts, title: event.message, code: event.code }]
  if (event.event !== 'task_archived') return []
  const result = readResult(paths, event.task_id)
  if (result?.run_id === event.run_id) return [endOfRun(result)]
  return [{ ...NOTHING_MORE, id: event.task_id, state: event.status, ended: event.ts, title: '', code: event.code }]
}

/** A line of the log may be of anybody. */
function isEnd(event: LoggedEvent): boolean {
  if (event.event === 'task_rejected') return [event.file, event.message].every((text) => typeof text === 'string')
  return event.event === 'task_archived' && [event.task_id, event.run_id, event.status].every((text) => typeof text === 'string')
}

/** A run that ended, in short. */
export function endOfRun({ task_id, status, title, priority, agent, failure, timings, cost_usd }: TaskResult): EndedTask {
  const said = { id: task_id, state: status, ended: timings.finished, title, priority, agent }
  return { ...said, code: failure?.code ?? null, durationMs: timings.worked_ms, costUsd: cost_usd }
}

/** What is not known of a task that has no result. */
export const NOTHING_MORE = { priority: null, agent: null, code: null, durationMs: null, costUsd: null }

function stem(file: string): string {
  return file.endsWith(TASK_SUFFIX) ? file.slice(0, -TASK_SUFFIX.length) : file
}
