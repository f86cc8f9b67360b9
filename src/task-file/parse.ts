import { createHash } from 'node:crypto'
import type { Task } from '../domain/task.ts'
import { readTaskHead } from './head.ts'
import { type Problem, refuse } from './problem.ts'
import { readSections } from './sections.ts'

/** A task file: its bytes, its name and its modification time. */
interface TaskSource {
  readonly bytes: Uint8Array
  readonly file: string
  readonly modified: Date
}

/** The task in a file, or why there is none. Deterministic; nothing in the file is ever run. */
export function parseTask({
  bytes,
  file,
  modified,
}: TaskSource): { readonly ok: true; readonly task: Task } | { readonly ok: false; readonly problem: Problem } {
  const head = readTaskHead(bytes, file, modified)
  if (!head.ok) return head
  const { queue, front, extras, document } = head.value
  const { title, ...sections } = readSections(document.body)
  if (sections.prompt === '') {
    return refuse('no_prompt', sections.structured ? 'the Prompt section is empty' : 'there is nothing below the front matter', {
      line: document.bodyLine,
    })
  }
  const { id, type, priority, created } = queue
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const task = { id, title: title ?? id, type, priority, created, head: front, extras, ...sections, inferred: [], source: { file, sha256 } }
  return { ok: true, task }
}
