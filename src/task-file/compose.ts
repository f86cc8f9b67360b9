import { FRONT_MATTER_KEYS, type FrontMatter } from '../domain/task.ts'
import { normalizeLineEnds } from './decode.ts'
import { markLines, textOf } from './lines.ts'
import { isPlainScalar } from './plain-head.ts'
import { readSections } from './sections.ts'
import { enfence } from './verbatim.ts'

/** What a new task file is to say; the keys of the front matter under their own names. */
export interface NewTask extends FrontMatter {
  /** Blank for a file that will be refused. */
  readonly prompt: string
  readonly title?: string | undefined
  readonly targetFiles?: readonly string[] | undefined
  readonly criteria?: readonly string[] | undefined
  readonly context?: string | undefined
}

/**
 * A task file that is read back as the same task: every prompt survives, whatever it holds, but for blank lines at its
 * edges, `\r\n` (written as `\n`) and NUL (written as U+FFFD). List items and the title are written as one line each.
 */
export function composeTask(task: NewTask): string {
  const head = FRONT_MATTER_KEYS.flatMap((key) => (task[key] === undefined ? [] : `${key}: ${writeValue(task[key])}\n`))
  return `---\n${head.join('')}---\n\n${composeBody(task)}\n`
}

function writeValue(value: string | number | readonly string[]): string {
  if (typeof value === 'number') return String(value)
  if (typeof value === 'string' && isPlainScalar(value)) return value
  // JSON is YAML, but for the characters that JSON leaves as they are and YAML calls unprintable.
  return JSON.stringify(value).replace(/\p{Cc}/gu, (control) => `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

type Body = Required<Pick<NewTask, 'title' | 'targetFiles' | 'criteria' | 'context'>> & { readonly prompt: string }

/** The simplest form that is read back as it was meant: the bare prompt, sections, or sections with fenced texts. */
function composeBody(task: NewTask): string {
  const wanted = {
    title: task.title === undefined ? undefined : singleLine(task.title),
    prompt: block(task.prompt),
    targetFiles: items(task.targetFiles),
    criteria: items(task.criteria),
    context: block(task.context ?? '') || undefined,
  }
  const isBare = !wanted.title && !wanted.context && wanted.targetFiles.length + wanted.criteria.length === 0
  const forms = isBare ? [wanted.prompt] : []
  forms.push(writeSections(wanted, (text) => text))
  return forms.find((form) => isReadAs(form, wanted)) ?? writeSections(wanted, enfence)
}

function writeSections({ title, targetFiles, prompt, criteria, context }: Body, write: (text: string) => string): string {
  const sections = [
    title ? `# ${title}` : '',
    targetFiles?.length ? `**Target Files:**\n${targetFiles.map((path) => `- ${writePath(path)}`).join('\n')}` : '',
    `**Prompt:**\n${write(prompt)}`,
    criteria?.length ? `**Success Criteria:**\n${criteria.map((criterion) => `- [ ] ${criterion}`).join('\n')}` : '',
    context ? `**Context:**\n${write(context)}` : '',
  ]
  return sections.filter((section) => section !== '').join('\n\n')
}

/** A box keeps a path that begins with backticks from opening a fence. */
function writePath(path: string): string {
  if (path.includes('`')) return `[ ] ${path}`
  return /^[\w./@-]+$/.test(path) ? path : `\`${path}\``
}

function isReadAs(form: string, wanted: Body): boolean {
  const { title, prompt, targetFiles, criteria, context } = readSections(form)
  const read: Body = { title: wanted.title && title, prompt, targetFiles, criteria, context }
  return JSON.stringify(read) === JSON.stringify(wanted)
}

/** A text of several lines as it comes back from a file. */
function block(text: string): string {
  return textOf(markLines(clean(text)))
}

function items(texts: readonly string[] = []): string[] {
  return texts.map(singleLine).filter((text) => text !== '')
}

function singleLine(text: string): string {
  return clean(text).replace(/\s+/g, ' ').trim()
}

/** A file holds neither NUL nor half a surrogate pair. */
function clean(text: string): string {
  return normalizeLineEnds(Buffer.from(text).toString()).replaceAll('\0', '\uFFFD')
}
