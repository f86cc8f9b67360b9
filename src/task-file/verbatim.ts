import { endOfRun, longestRun } from '../lib/scan.ts'

/**
 * A text that holds lines which would be read as sections is written in a fence of the language `verbatim`, longer than
 * any run of backticks in it. As the sole content of a Prompt or Context section such a fence stands for its content.
 */
export function enfence(text: string): string {
  const fence = '`'.repeat(Math.max(3, longestRun(text, '`') + 1))
  return `${fence}verbatim\n${text}\n${fence}`
}

/** What a fence made by `enfence` holds; any other text as it is. */
export function unfence(text: string): string {
  const length = endOfRun(text, '`', 0)
  if (length < 3 || !text.startsWith(WORD, length)) return text
  const end = nextFence(text, length, length)
  return end === text.length - length - 1 ? text.slice(length + WORD.length, end) : text
}

const WORD = 'verbatim\n'

/** Where the line end before the next fence of at least this length is; -1 where there is none. */
function nextFence(text: string, length: number, from: number): number {
  for (let at = text.indexOf('\n', from); at >= 0; at = text.indexOf('\n', at + 1)) {
    if (text[at + 1] === '`' && endOfRun(text, '`', at + 1) - at > length) return at
  }
  return -1
}
