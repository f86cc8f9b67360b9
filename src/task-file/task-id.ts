import { createHash } from 'node:crypto'
import { basename } from 'node:path'
import { TASK_ID, TASK_SUFFIX } from '../domain/task-name.ts'
import { maskedStart, maskShapes, REDACTED } from '../lib/redact.ts'

const MAX_ID = 100
const MAX_SLUG = 50
/** Characters of a name that are looked at. */
const MAX_NAME = 1_000

/** The id of a task that names none: its file's name where that is a legal id and no secret, else what can be kept of it. */
export function idFromFile(file: string): string {
  const base = basename(file)
  const name = base.endsWith(TASK_SUFFIX) ? base.slice(0, -TASK_SUFFIX.length) : base.replace(/\.md$/i, '')
  const shown = withoutSecrets(name.slice(0, MAX_NAME))
  if (shown === name && TASK_ID.test(name)) return name
  const kept = withoutAccents(shown)
    .replace(/[^\w.-]+/g, '-')
    .replace(/^[._-]+|[._-]+$/g, '')
    .slice(0, MAX_ID)
  if (shown !== name) return `${kept.slice(0, MAX_SLUG) || 'task'}-${shortHash(name, 8)}`
  return kept === '' ? `task-${shortHash(name, 8)}` : kept
}

/** A readable id for a new task, such as `fix-the-login-timeout-1f3a`: at most 60 characters, different at every moment. */
export function newTaskId(prompt: string, now: Date): string {
  return taskIdFrom(prompt, String(now.getTime()))
}

/** The same id each time for a prompt and a source, such as the message that it came in. */
export function taskIdFrom(prompt: string, source: string): string {
  const words =
    withoutAccents(withoutSecrets(prompt).slice(0, 400))
      .toLowerCase()
      .replace(/['’]/g, '')
      .match(/[a-z0-9]+/g) ?? []
  let slug = ''
  for (const word of words) {
    if (slug.length + word.length > MAX_SLUG) break
    slug += `${word}-`
  }
  return `${slug || 'task-'}${shortHash(`${source} ${prompt}`, 4)}`
}

/** A text without what is known for a secret by its shape: an id is shown everywhere, and never masked. */
function withoutSecrets(text: string): string {
  return maskedStart(maskShapes, text, 400).replaceAll(REDACTED, ' ')
}

function withoutAccents(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '')
}

function shortHash(text: string, length: number): string {
  return createHash('sha256').update(text).digest('hex').slice(0, length)
}
