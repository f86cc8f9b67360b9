/** The sections that a task file may have. */
export type SectionLabel = 'files' | 'prompt' | 'criteria' | 'context'

const LABELS: ReadonlyMap<string, SectionLabel> = new Map([
  ['prompt', 'prompt'],
  ['target files', 'files'],
  ['target file', 'files'],
  ['files', 'files'],
  ['success criteria', 'criteria'],
  ['acceptance criteria', 'criteria'],
  ['criteria', 'criteria'],
  ['context', 'context'],
])

/** The deepest level of a heading; a bold label ranks below all headings. */
export const HEADINGS = 6

/** A heading, or a bold label such as `**Prompt:**`. */
interface Mark {
  /** Undefined where it is none of ours. */
  readonly label: SectionLabel | undefined
  readonly level: number
  /** The words of a heading; what stands behind a bold label. */
  readonly text: string
}

/** A line of the body. What is inside of a fenced block is code, whatever it looks like. */
export interface Line {
  readonly text: string
  readonly kind: 'text' | 'code' | 'fence'
  readonly mark?: Mark | undefined
}

/** One for all, since there may be a million of them. */
const BLANK: Line = { text: '', kind: 'text', mark: undefined }

/** The lines of a body, with headings and labels found; fences as in CommonMark, an unclosed one goes on to the end. */
export function markLines(body: string): Line[] {
  let fence: string | undefined
  return body.split('\n').map((text): Line => {
    if (fence !== undefined) {
      const closes = isClosing(text.trim(), fence)
      if (closes) fence = undefined
      return { text, kind: closes ? 'fence' : 'code', mark: undefined }
    }
    if (text === '') return BLANK
    fence = openingFence(text)
    return fence === undefined ? { text, kind: 'text', mark: readMark(text) } : { text, kind: 'fence', mark: undefined }
  })
}

/** The text of lines without the blank ones at the edges. */
export function textOf(lines: readonly Line[]): string {
  const isWritten = ({ text }: Line) => text.trim() !== ''
  const written = lines.slice(Math.max(0, lines.findIndex(isWritten)), lines.findLastIndex(isWritten) + 1)
  return written.map(({ text }) => text).join('\n')
}

function openingFence(text: string): string | undefined {
  if (!text.includes('```') && !text.includes('~~~')) return undefined
  const [head, fence] = /^[ \t]*(?:(?:[-*+]|\d{1,3}[.)])[ \t]+)?(`{3,}|~{3,})/.exec(text) ?? []
  return head !== undefined && fence?.startsWith('`') && text.includes('`', head.length) ? undefined : fence
}

function isClosing(text: string, fence: string): boolean {
  return text.startsWith(fence) && text === fence.charAt(0).repeat(text.length)
}

/** All repetitions are bounded, so that no line takes long. */
const HEADING = /^ {0,3}(#{1,6})(?:[ \t]|$)/
const BOLD = /^ {0,3}(\*\*|__)([^*_:]{1,60})(?:(:)[ \t]{0,3}\1|\1[ \t]{0,3}(:)|\1[ \t]{0,3}$)/

function readMark(text: string): Mark | undefined {
  const heading = text.includes('#') ? HEADING.exec(text) : undefined
  if (heading?.[1]) {
    const words = withoutClosing(text.slice(heading[0].length).trim())
    return { label: labelOf(words), level: heading[1].length, text: words }
  }
  const bold = text.includes('**') || text.includes('__') ? BOLD.exec(text) : undefined
  if (!bold?.[2]) return undefined
  const label = labelOf(bold[2])
  const rest = text.slice(bold[0].length).trimStart()
  return label || bold[3] || bold[4] ? { label, level: HEADINGS + 1, text: rest } : undefined
}

/** `Title ##` is the heading `Title`. */
function withoutClosing(heading: string): string {
  const end = heading.lastIndexOf(' ') + 1
  return isClosing(heading.slice(end), '#') ? heading.slice(0, end).trimEnd() : heading
}

function labelOf(words: string): SectionLabel | undefined {
  if (words.length > 60) return undefined
  const bare = words.replace(/^[*_\s]+|[*_:\s]+$/g, '').replace(/\s+/g, ' ')
  return LABELS.get(bare.toLowerCase())
}
