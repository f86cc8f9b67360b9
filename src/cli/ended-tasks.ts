import { statSync } from 'node:fs'
import { join } from 'node:path'
import type { HomePaths } from '../config/home.ts'
import type { LoggedEvent } from '../domain/events.ts'
import type { TaskResult } from '../domain/result.ts'
import { TASK_SUFFIX } from '../domain/task-name.ts'
import { runFiles } from '../results/names.ts'
import { readResult, readResultFile } from '../results/read.ts'
import { lastEvents } from './event-history.ts'
import { idsIn, idsOfResults, readRejection, type TaskState } from './home-view.ts'

/** A task that has ended, in short. */
export interface EndedTask {
  readonly id: string
  readonly state: TaskState
  /** ISO time. */
  readonly ended: string
  /** What it was about, or why it was rejected. */
  readonly title: string
  readonly agent: string | null
  readonly code: string | null
  readonly durationMs: number | null
  readonly costUsd: number | null
}

/** The last ends that the event log tells of, newest first; it is read backwards, so that a large archive costs nothing. */
export function recentEnds(paths: HomePaths, count: number): readonly EndedTask[] {
  const isEnd = (event: LoggedEvent) => event.event === 'task_archived' || event.event === 'task_rejected'
  return lastEvents(paths.events, count, isEnd, ['"task_archived"', '"task_rejected"'])
    .reverse()
    .flatMap((event) => endOf(paths, event))
}

function endOf(paths: HomePaths, event: LoggedEvent): readonly EndedTask[] {
  if (event.event === 'task_rejected')
    return [{ ...nothingMore, id: stem(event.file), state: 'rejected', ended: event.ts, title: event.message, code: event.code }]
  if (event.event !== 'task_archived') return []
  const result = readResult(paths, event.task_id)
  if (result?.run_id === event.run_id) return [ofResult(result)]
  return [{ ...nothingMore, id: event.task_id, state: event.status, ended: event.ts, title: '', code: event.code }]
}

/** Every ended task, the newest first; each is read only when it is asked for. */
export function* endedTasks(paths: HomePaths): Generator<EndedTask> {
  const withResult = idsOfResults(paths)
  const known = new Set(withResult)
  const left = (folder: string) => idsIn(folder).filter((id) => !known.has(id))
  const entries = [
    ...withResult.map((id) => dated(runFiles(paths, id).result, (path) => ended(readResultFile(path)))),
    ...left(paths.failed).map((id) => dated(join(paths.failed, id + TASK_SUFFIX), leftOver(id, 'failed'))),
    ...left(paths.processed).map((id) => dated(join(paths.processed, id + TASK_SUFFIX), leftOver(id, 'archived'))),
    ...idsIn(paths.rejected).map((id) => dated(join(paths.rejected, id + TASK_SUFFIX), rejection(id))),
  ]
  for (const { path, time, read } of entries.sort((a, b) => b.time - a.time)) {
    const task = read(path, time)
    if (task) yield task
  }
}

type Read = (path: string, time: number) => EndedTask | undefined

function dated(path: string, read: Read): { readonly path: string; readonly time: number; readonly read: Read } {
  return { path, time: statSync(path, { throwIfNoEntry: false })?.ctimeMs ?? 0, read }
}

function ended(result: TaskResult | undefined): EndedTask | undefined {
  return result && ofResult(result)
}

function ofResult({ task_id, status, title, agent, failure, timings, cost_usd }: TaskResult): EndedTask {
  const said = { id: task_id, state: status, ended: timings.finished, title, agent }
  return { ...said, code: failure?.code ?? null, durationMs: timings.worked_ms, costUsd: cost_usd }
}

function rejection(id: string): Read {
  return (path, time) => {
    const reason = readRejection(path)
    const ended = reason?.rejected ?? new Date(time).toISOString()
    return { ...nothingMore, id, state: 'rejected', ended, title: reason?.message ?? '', code: reason?.code ?? null }
  }
}

function leftOver(id: string, state: 'failed' | 'archived'): Read {
  return (_path, time) => ({ ...nothingMore, id, state, ended: new Date(time).toISOString(), title: '' })
}

const nothingMore = { agent: null, code: null, durationMs: null, costUsd: null }

function stem(file: string): string {
  return file.endsWith(TASK_SUFFIX) ? file.slice(0, -TASK_SUFFIX.length) : file
}
