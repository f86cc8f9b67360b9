import { withoutTrailing } from '../lib/scan.ts'

/** A paragraph, list item, table row or heading of a message in markdown, on one line. */
export interface Block {
  readonly kind: 'prose' | 'item' | 'row' | 'heading'
  /** Of a heading: 1 is the highest; a line in bold is below all others. */
  readonly level: number
  /** Without the marks of its kind. */
  readonly text: string
  /** Whether an empty line stands before it. */
  readonly apart: boolean
}

const BELOW_HEADINGS = 7

/** Characters, from the end of a message, that are read of it. */
const LONGEST_MESSAGE = 20_000

/** The blocks at the end of a message, without what it quotes: other people's words and blocks of code. */
export function blocksOf(message: string): Block[] {
  const blocks: Block[] = []
  let apart = true
  let goesOn = false
  for (const line of unfenced(message.slice(-LONGEST_MESSAGE))) {
    const found = blockOf(line)
    if (found === undefined) {
      apart = true
      goesOn = false
      continue
    }
    const last = blocks.at(-1)
    if (goesOn && last && found.kind === 'prose') blocks[blocks.length - 1] = { ...last, text: `${last.text} ${found.text}` }
    else blocks.push({ ...found, apart })
    apart = false
    goesOn = (found.kind === 'prose' || found.kind === 'item') && !/:[*_]*$/.test(found.text) && !isFileLine(found.text)
  }
  return blocks
}

/** The lines outside of code fences; a fence that is never closed reaches to the end. */
function unfenced(message: string): string[] {
  let fence: string | undefined
  return message.split(/\r?\n/).filter((line) => {
    const mark = fenceOf(line)
    if (fence === undefined) {
      fence = mark
      return mark === undefined
    }
    if (mark?.startsWith(fence) && line.trim() === mark) fence = undefined
    return false
  })
}

/** The fence that a line opens or closes; behind one of backticks there are no others. */
function fenceOf(line: string): string | undefined {
  if (!line.includes('```') && !line.includes('~~~')) return undefined
  const [head = '', mark] = /^\s*(?:[-*+]\s+|\d{1,3}[.)]\s+)?(`{3,}|~{3,})/.exec(line) ?? []
  return mark?.startsWith('`') && line.includes('`', head.length) ? undefined : mark
}

function blockOf(line: string): Omit<Block, 'apart'> | undefined {
  const text = line.replace(/\s+/g, ' ').trim()
  if (text === '' || text.startsWith('>') || /^[-*_= ]+$/.test(text)) return undefined
  const [head = '', marks] = /^(#{1,6}) /.exec(text) ?? []
  if (marks !== undefined) return { kind: 'heading', level: marks.length, text: withoutTrailing(text.slice(head.length), ' #') }
  if (/^\|.*\|$/.test(text)) return { kind: 'row', level: 0, text }
  const [, item] = /^(?:[-*+•‣◦–—]|\(?\d{1,3}[.)]|[├└│][─├└│ ]*) (.*)$/.exec(text) ?? []
  if (item !== undefined) return { kind: 'item', level: 0, text: item.replace(/^\[[ xX]\] /, '') }
  if (/^\*\*[^*]+\*\*:?$/.test(text)) return { kind: 'heading', level: BELOW_HEADINGS, text: text.replaceAll('**', '') }
  return /^( {4}|\t)/.test(line) ? undefined : { kind: 'prose', level: 0, text }
}

/** Whether a line is just the name of a file, as in lists without bullets. */
function isFileLine(text: string): boolean {
  return /^([MADR] )?\S+$/.test(text)
}
