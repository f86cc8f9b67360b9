import { createHash } from 'node:crypto'
import { ERRORS } from '../domain/errors.ts'
import type { RejectReason } from '../domain/reject-reason.ts'
import type { Task } from '../domain/task.ts'
import { maskShapes, REDACTED, type Redactor } from '../lib/redact.ts'
import { openTask } from './head.ts'
import { openChecks } from './open-checks.ts'
import { refuse } from './problem.ts'
import { excessOf, readSections } from './sections.ts'

/** A task file: its bytes, its name and its modification time. */
interface TaskSource {
  readonly bytes: Uint8Array
  readonly file: string
  readonly modified: Date
  /** Masks secrets in the title and in what is said of a file that is none; where it is left out, those that are known by their shape. */
  readonly redact?: Redactor
}

type Parsed = { readonly ok: true; readonly task: Task } | { readonly ok: false; readonly problem: RejectReason }

/** The task in a file, or why there is none. Deterministic; nothing in the file is ever run. */
export function parseTask({ redact = maskShapes, ...source }: TaskSource): Parsed {
  const masked = orNothing(redact)
  const parsed = parse(source, masked)
  return parsed.ok ? parsed : { ok: false, problem: maskedProblem(parsed.problem, source, masked) }
}

/** What cannot be masked is not shown, and keeps no task from being read. */
function orNothing(redact: Redactor): Redactor {
  return (text) => {
    try {
      return redact(text)
    } catch {
      return REDACTED
    }
  }
}

/**
 * The problem in words that quote no secret. Quotations are cut, so that it is put in words anew for a text without secrets; where that is
 * another problem or none, at least what is whole in it goes.
 */
function maskedProblem(problem: RejectReason, source: TaskSource, redact: Redactor): RejectReason {
  const text = new TextDecoder().decode(source.bytes)
  const masked = redact(text)
  if (masked === text) return problem
  const again = parse({ ...source, bytes: Buffer.from(masked) }, redact)
  if (!again.ok && again.problem.code === problem.code) return { ...problem, message: again.problem.message }
  return { ...problem, message: `${ERRORS[problem.code].meaning} The text is not quoted, since there are secrets in it.` }
}

function parse({ bytes, file, modified }: TaskSource, redact: Redactor): Parsed {
  const opened = openTask(bytes, file, modified)
  if (!opened.ok) return opened
  const { task: head, extras, document } = opened.value
  const { title, ...sections } = readSections(document.body, redact)
  if (sections.prompt === '') {
    return refuse('no_prompt', sections.structured ? 'the Prompt section is empty' : 'there is nothing below the front matter', {
      line: document.bodyLine,
    })
  }
  const excess = excessOf(sections)
  if (excess !== undefined) return refuse('too_large', excess)
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const warnings = openChecks(sections.criteria, document.body, document.bodyLine)
  const task = { ...head, title: title ?? head.id, extras, ...sections, inferred: [], warnings, source: { file, sha256 } }
  return { ok: true, task }
}
