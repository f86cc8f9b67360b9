import { printable } from '../lib/printable.ts'

const ESCAPE = '\u001b'

/** The colours and weights that `createStyle` makes. */
const OWN_STYLE = new RegExp(`(${ESCAPE}\\[(?:1|2|22|31|32|33|36|39)m)`)

/** Most lines have nothing to look for. */
const HARMLESS = /^[\t\n -~·…→✔✖■–—]*$/

/**
 * A text as it may be printed for people: whatever names, ids and words of others it holds, none of them steers the terminal. Our own colours
 * stay where there are any.
 */
export function forPeople(text: string, color: boolean): string {
  if (HARMLESS.test(text)) return text
  if (!color) return printable(text)
  return text
    .split(OWN_STYLE)
    .map((part, index) => (index % 2 === 1 ? part : printable(part)))
    .join('')
}
