import { endOfRun } from '../../lib/scan.ts'
import { MESSAGE_CHARACTERS } from './html.ts'

/** A text in parts that each fit a message: cut at line ends, else at spaces, else anywhere but within a character. Blank edges of parts are left out. */
export function splitText(text: string, most = MESSAGE_CHARACTERS): readonly string[] {
  const all = text.trimEnd()
  const parts: string[] = []
  let from = 0
  while (all.length - from > most) {
    const end = from + cutAt(all.slice(from, from + most + 1), most)
    parts.push(all.slice(from, end).trimEnd())
    from = withoutBlanks(all, end)
  }
  return [...parts, all.slice(from)].filter((part) => part.trim() !== '')
}

/** A cut in the first half would waste the message. */
function cutAt(text: string, most: number): number {
  for (const mark of ['\n', ' ']) {
    const at = text.lastIndexOf(mark, most)
    if (at > most / 2) return at
  }
  return /[\ud800-\udbff]/.test(text[most - 1] ?? '') ? most - 1 : most
}

/** Where a text goes on behind the blanks of a line that is cut off, and behind its ends. */
function withoutBlanks(text: string, from: number): number {
  const written = endOfRun(text, ' ', from)
  return endOfRun(text, '\n', written)
}
