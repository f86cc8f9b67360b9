import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { HomePaths } from '../../config/home.ts'
import { idToBe } from '../../inbox/ids.ts'
import type { Redactor } from '../../lib/redact.ts'
import { runFiles } from '../../results/names.ts'
import { idFromFile } from '../../task-file/task-id.ts'
import { peekTask, type TaskPeek } from './task-peek.ts'

/** A file in `tasks/` that waits for its start, as far as a glance tells. */
export interface QueuedFile extends Omit<TaskPeek, 'id'> {
  /** The id that it will run under. */
  readonly id: string
  /** The id that it asks for, which may have been used. */
  readonly wanted: string
  readonly name: string
  readonly path: string
  /** When it was last written, in milliseconds since the epoch. */
  readonly modified: number
}

const UNREAD: TaskPeek = { id: undefined, priority: undefined, created: undefined, agent: undefined, title: undefined }
const RANKS: Readonly<Record<string, number>> = { high: 0, medium: 1, low: 2 }

/** A queued file; undefined where it is gone. */
export function queuedFile(paths: HomePaths, name: string, redact?: Redactor): QueuedFile | undefined {
  const path = join(paths.tasks, name)
  const modified = statSync(path, { throwIfNoEntry: false })?.mtimeMs
  if (modified === undefined) return undefined
  const { id, ...peek } = peekTask(path, redact) ?? UNREAD
  const wanted = id ?? idFromFile(name)
  const toBe = idToBe(paths, { name, wanted }, (one) => existsSync(runFiles(paths, one).result))
  if (toBe !== wanted && !existsSync(path)) return undefined // it was claimed just now, and met itself
  return { ...peek, id: toBe, wanted, name, path, modified }
}

/** The queued files of these names in the order of start. */
export function queuedFiles(paths: HomePaths, names: readonly string[], redact?: Redactor): readonly QueuedFile[] {
  return names.flatMap((name) => queuedFile(paths, name, redact) ?? []).sort(compare)
}

function compare(a: QueuedFile, b: QueuedFile): number {
  return rank(a) - rank(b) || created(a) - created(b) || (a.name < b.name ? -1 : 1)
}

function rank({ priority }: QueuedFile): number {
  return RANKS[priority ?? 'medium'] ?? 1
}

function created({ created: written, modified }: QueuedFile): number {
  return Date.parse(written ?? '') || modified
}
