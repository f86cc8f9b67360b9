import { maskedStart, type Redactor } from '../lib/redact.ts'

const MAX_TITLE = 100

/** A text as a title: one line without secrets, cut between words. Undefined where there is nothing. */
export function titleOf(text: string, redact: Redactor): string | undefined {
  const line = maskedStart(redact, text, 4 * MAX_TITLE)
    .replace(/\s+/g, ' ')
    .trim()
  if (line === '') return undefined
  const characters = [...line]
  if (characters.length <= MAX_TITLE) return line
  const cut = characters.slice(0, MAX_TITLE - 1).join('')
  const space = cut.lastIndexOf(' ')
  return `${space > cut.length / 2 ? cut.slice(0, space) : cut}…`
}

/** The first line of a prompt that has words, as a title without its markdown. */
export function firstWords(prompt: string, redact: Redactor): string | undefined {
  const line = prompt.split('\n').find((text) => /[\p{L}\p{N}]/u.test(text)) ?? prompt.trim()
  const bare = line.trimStart().replace(/^(?:#{1,6}|>|[-*+]|\d{1,3}[.)])[ \t]+/, '')
  return titleOf(maskedStart(redact, bare, 4 * MAX_TITLE).replace(/\*\*|`/g, ''), redact)
}
