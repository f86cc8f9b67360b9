import { createHash } from 'node:crypto'
import type { RejectReason } from '../domain/reject-reason.ts'
import type { Task } from '../domain/task.ts'
import { openTask } from './head.ts'
import { openChecks } from './open-checks.ts'
import { refuse } from './problem.ts'
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
}: TaskSource): { readonly ok: true; readonly task: Task } | { readonly ok: false; readonly problem: RejectReason } {
  const opened = openTask(bytes, file, modified)
  if (!opened.ok) return opened
  const { task: head, extras, document } = opened.value
  const { title, ...sections } = readSections(document.body)
  if (sections.prompt === '') {
    return refuse('no_prompt', sections.structured ? 'the Prompt section is empty' : 'there is nothing below the front matter', {
      line: document.bodyLine,
    })
  }
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const warnings = openChecks(sections.criteria, document.body, document.bodyLine)
  const task = { ...head, title: title ?? head.id, extras, ...sections, inferred: [], warnings, source: { file, sha256 } }
  return { ok: true, task }
}
