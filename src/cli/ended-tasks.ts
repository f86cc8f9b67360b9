import { statSync } from 'node:fs'
import { join } from 'node:path'
import type { HomePaths } from '../config/home.ts'
import { idsIn } from '../control/view/folder-names.ts'
import { idsOfResults, readRejection } from '../control/view/home-view.ts'
import { type EndedTask, endOfRun, NOTHING_MORE } from '../control/view/recent-ends.ts'
import type { TaskResult } from '../domain/result.ts'
import { TASK_SUFFIX } from '../domain/task-name.ts'
import { runFiles } from '../results/names.ts'
import { readResultFile } from '../results/read.ts'

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
  return result && endOfRun(result)
}

function rejection(id: string): Read {
  return (path, time) => {
    const reason = readRejection(path)
    const ended = reason?.rejected ?? new Date(time).toISOString()
    return { ...NOTHING_MORE, id, state: 'rejected', ended, title: reason?.message ?? '', code: reason?.code ?? null }
  }
}

function leftOver(id: string, state: 'failed' | 'archived'): Read {
  return (_path, time) => ({ ...NOTHING_MORE, id, state, ended: new Date(time).toISOString(), title: '' })
}
