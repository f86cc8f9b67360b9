import { stripVTControlCharacters } from 'node:util'

/** Text of others that neither a terminal nor a phone takes for commands; line breaks and tabs are kept. */
export function printable(text: string): string {
  return stripVTControlCharacters(text).replace(/(?![\n\t])\p{Cc}|[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, '')
}

/** A name of others, such as that of a file or an id, as it may stand within a sentence. */
export function shownName(name: string): string {
  return oneLine(name, 200)
}

/** Text of others as one line of at most so many characters; what was cut shows as `…`. */
export function oneLine(text: string, most: number): string {
  const line = printable(text.slice(0, 4 * most))
    .replace(/\s+/g, ' ')
    .trim()
  return cutTo(line, most)
}

/** A line of at most so many characters, none of them halved; what was cut shows as `…`. */
export function cutTo(line: string, most: number): string {
  if (line.length <= most) return line
  const kept = line.slice(0, Math.max(0, most - 1)).replace(/[\ud800-\udbff]$/, '')
  return `${kept.trimEnd()}…`
}
