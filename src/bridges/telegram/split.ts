import { MESSAGE_CHARACTERS } from './html.ts'

/** A text in parts that each fit a message: cut at line ends, else at spaces, else anywhere but within a character. Blank edges of parts are left out. */
export function splitText(text: string, most = MESSAGE_CHARACTERS): readonly string[] {
  const parts: string[] = []
  let rest = text.trimEnd()
  while (rest.length > most) {
    const end = cutAt(rest, most)
    parts.push(rest.slice(0, end).trimEnd())
    rest = rest.slice(end).replace(/^ *\n+|^ +/, '')
  }
  return [...parts, rest].filter((part) => part.trim() !== '')
}

/** A cut in the first half would waste the message. */
function cutAt(text: string, most: number): number {
  for (const mark of ['\n', ' ']) {
    const at = text.lastIndexOf(mark, most)
    if (at > most / 2) return at
  }
  return /[\ud800-\udbff]/.test(text[most - 1] ?? '') ? most - 1 : most
}
