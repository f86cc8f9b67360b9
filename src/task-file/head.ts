import type { Priority } from '../domain/task.ts'
import { readDocument, type TaskDocument } from './front-matter.ts'
import { type CheckedHead, checkHead } from './head-rules.ts'
import type { Problem, Read } from './problem.ts'
import { idFromFile } from './task-id.ts'

/** What the order of a queue needs to know of a task. Times are ISO times in UTC, so they compare as text. */
export interface QueueHead {
  readonly id: string
  readonly type: string
  readonly priority: Priority
  readonly created: string
  readonly notBefore: string | undefined
  readonly dependsOn: readonly string[]
  /** As written; undefined for the default. */
  readonly cwd: string | undefined
}

/** A file whose front matter was read and checked, and whose body was not. */
interface TaskHead extends CheckedHead {
  readonly queue: QueueHead
  readonly document: TaskDocument
}

/**
 * Reads only what ordering needs, in microseconds. It agrees with `parseTask`, except that a body without a prompt is
 * not noticed. `file` is the name of the file, `modified` its modification time.
 */
export function readHead(
  bytes: Uint8Array,
  file: string,
  modified: Date,
): { readonly ok: true; readonly head: QueueHead } | { readonly ok: false; readonly problem: Problem } {
  const head = readTaskHead(bytes, file, modified)
  return head.ok ? { ok: true, head: head.value.queue } : head
}

/** Reads and checks the front matter of a task file. */
export function readTaskHead(bytes: Uint8Array, file: string, modified: Date): Read<TaskHead> {
  const document = readDocument(bytes)
  if (!document.ok) return document
  const checked = checkHead(document.value)
  if (!checked.ok) return checked
  const { front } = checked.value
  const queue: QueueHead = {
    id: front.id ?? idFromFile(file),
    type: front.type ?? 'task',
    priority: front.priority ?? 'medium',
    created: front.created === undefined ? modified.toISOString() : inUtc(front.created),
    notBefore: front.not_before === undefined ? undefined : inUtc(front.not_before),
    dependsOn: front.depends_on ?? [],
    cwd: front.cwd,
  }
  return { ok: true, value: { ...checked.value, queue, document: document.value } }
}

function inUtc(time: string): string {
  return new Date(time).toISOString()
}
