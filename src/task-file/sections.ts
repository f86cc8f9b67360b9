import { maskShapes, type Redactor } from '../lib/redact.ts'
import { HEADINGS, type Line, markLines, type SectionLabel, textOf } from './lines.ts'
import { firstWords, titleOf } from './title.ts'
import { unfence } from './verbatim.ts'

/** What the body of a task file says. Everything is as written, but for blank lines at the edges. */
interface Sections {
  /** One line without secrets, at most 100 characters; undefined where the body has no words. */
  readonly title: string | undefined
  /** Empty where the body says nothing that an agent could do. */
  readonly prompt: string
  readonly targetFiles: readonly string[]
  readonly criteria: readonly string[]
  readonly context: string | undefined
  /** Whether there is a Prompt section. Without one the whole body is the prompt, other labels included. */
  readonly structured: boolean
}

interface Part {
  readonly label: SectionLabel | 'other'
  readonly level: number
  readonly lines: Line[]
}

/** Words right below a Prompt label; where nothing is fenced, nothing else can be meant by them. */
const PLAINLY = /^(?:\*\*Prompt:\*\*|##? Prompt)\n+[A-Za-z]/m

/** Lists that are longer hold up whoever checks them; nobody writes them by hand. */
const MOST_ITEMS = 1_000
/** A body of fewer characters cannot have too many items. */
const SHORT = 2 * MOST_ITEMS

/** Whether the body of a task file is one of a task: it says what to do. That of the common file is not taken apart for it. */
export function isTaskBody(body: string): boolean {
  const isPlain = body.length < SHORT && !body.includes('```') && !body.includes('~~~') && PLAINLY.test(body)
  if (isPlain) return true
  const sections = readSections(body)
  return sections.prompt !== '' && excessOf(sections) === undefined
}

/** What makes the sections of a body too much to be taken for a task, in words; undefined for all common ones. */
export function excessOf({ criteria, targetFiles }: Pick<Sections, 'criteria' | 'targetFiles'>): string | undefined {
  if (criteria.length > MOST_ITEMS) return `there are ${criteria.length} success criteria; at most ${MOST_ITEMS} are read`
  if (targetFiles.length > MOST_ITEMS) return `there are ${targetFiles.length} target files; at most ${MOST_ITEMS} are read`
  return undefined
}

/**
 * Reads the body of a task file. Nothing is lost: text outside of all sections of a structured body becomes context. Secrets go out of the title
 * before it is cut; nothing else is touched.
 */
export function readSections(body: string, redact: Redactor = maskShapes): Sections {
  const lines = markLines(body)
  return lines.some(({ mark }) => mark?.label === 'prompt') ? readStructured(lines, redact) : readFreeForm(lines, redact)
}

function readFreeForm(lines: readonly Line[], redact: Redactor): Sections {
  const heading = lines.find(({ mark }) => mark?.level === 1)?.mark?.text
  const only = onlyWritten(lines)
  const prompt = only?.mark && only.mark.level <= HEADINGS ? only.mark.text : textOf(lines)
  return {
    title: titleOf(heading ?? '', redact) ?? firstWords(prompt, redact),
    prompt,
    targetFiles: [],
    criteria: [],
    context: undefined,
    structured: false,
  }
}

/** The one line that is not blank; undefined where there are none or several. */
function onlyWritten(lines: readonly Line[]): Line | undefined {
  const isWritten = ({ text }: Line) => text !== '' && text.trim() !== ''
  const first = lines.findIndex(isWritten)
  return lines.findIndex((line, index) => index > first && isWritten(line)) < 0 ? lines[first] : undefined
}

function readStructured(lines: readonly Line[], redact: Redactor): Sections {
  const parts = partsOf(lines)
  const of = (label: Part['label']) => parts.filter((part) => part.label === label).map((part) => part.lines)
  const loose = of('other').flat()
  const heading = loose.find(({ mark }) => mark?.level === 1)
  const rest = textOf(loose.filter((line) => line !== heading))
  const prompt = join(of('prompt').map((part) => unfence(textOf(part))))
  return {
    title: titleOf(heading?.mark?.text ?? '', redact) ?? firstWords(prompt, redact),
    prompt,
    targetFiles: of('files').flatMap((part) => readItems(part, true).map((item) => item.replace(/^`([^`]+)`$/, '$1'))),
    criteria: of('criteria').flatMap((part) => readItems(part, false)),
    context: join([/[\p{L}\p{N}]/u.test(rest) ? rest : '', ...of('context').map((part) => unfence(textOf(part)))]) || undefined,
    structured: true,
  }
}

/** A label of ours begins a part everywhere; a foreign heading only ends a list, since lists hold no headings of their rank. */
function partsOf(lines: readonly Line[]): Part[] {
  let current: Part = { label: 'other', level: 0, lines: [] }
  const parts = [current]
  for (const line of lines) {
    const { mark } = line
    const inList = current.label === 'files' || current.label === 'criteria'
    if (mark && (mark.label || (inList && mark.level <= current.level))) {
      const first = mark.label ? { text: mark.level > HEADINGS ? mark.text : '', kind: 'text' as const } : line
      current = { label: mark.label ?? 'other', level: mark.level, lines: [first] }
      parts.push(current)
    } else current.lines.push(line)
  }
  return parts
}

const ITEM = /^[ \t]*(?:[-*+]|\d{1,3}[.)])(?:[ \t]+|$)(?:\[[ xX]?\](?:[ \t]+|$))?/
const RULE = /^[-*_ \t]+$/

/** The items of a list. A line that is not in a list is an item too, unless it introduces one; `commas` part such lines. */
function readItems(lines: readonly Line[], commas: boolean): string[] {
  const items: string[] = []
  let inItem = false
  for (const { text, kind, mark } of lines) {
    const head = kind === 'text' ? ITEM.exec(text)?.[0] : undefined
    const item = head === undefined ? undefined : text.slice(head.length)
    const continues = items.length > 0 && (inItem || /^[ \t]/.test(text))
    if (item !== undefined) {
      items.push(item.trim())
      inItem = true
    } else if (kind !== 'text' && continues) items[items.length - 1] += `\n${text}`
    else if (kind === 'fence' || mark || text.trim() === '' || RULE.test(text)) inItem = false
    else if (continues) items[items.length - 1] += ` ${text.trim()}`
    else if (!text.trimEnd().endsWith(':')) {
      for (const part of commas ? text.split(/,\s/) : [text]) items.push(part.trim())
    }
  }
  return items.filter((item) => item !== '')
}

function join(texts: readonly string[]): string {
  return texts.filter((text) => text !== '').join('\n\n')
}
