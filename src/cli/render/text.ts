/** Spares most texts the dear look at single characters: ASCII and signs of our own that take one column. */
const PLAIN = /^[\x20-\x7e·…→✔✖■]*$/
const WIDE =
  /[\p{Emoji_Presentation}\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}\u3000-\u303e\uff01-\uff60\uffe0-\uffe6]|\p{Emoji}\ufe0f/u
const ZERO = /^[\p{M}\p{Cf}]*$/u

/** What is seen as one character: flags, joined emoji, letters with their marks. Intl.Segmenter knows more and costs 10 ms to begin with. */
const GRAPHEME = /\p{RI}{2}|\p{Emoji}[\p{EMod}\p{M}]{0,64}(?:\u200d\p{Emoji}[\p{EMod}\p{M}]{0,64}){0,16}|[\s\S][\p{M}\u200d]{0,64}/gu

/** Text of others as one line that cannot steer a terminal: no line breaks, control characters or marks of writing direction. */
export function oneLine(text: string): string {
  return PLAIN.test(text) ? text : text.replace(/[\p{Cc}\s]+/gu, ' ').replace(/[\u202a-\u202e\u2066-\u2069]/g, '')
}

/** The lines of a text of others, indented as they are, without what could steer a terminal. */
export function printableLines(text: string): readonly string[] {
  return text.split(/\r?\n/).map((line) =>
    line
      .replaceAll('\t', '  ')
      .replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, '')
      .trimEnd(),
  )
}

/** Columns that a text takes on a terminal: two for each character of East Asia and each emoji. */
export function width(text: string): number {
  return PLAIN.test(text) ? text.length : graphemes(text).reduce((sum, grapheme) => sum + widthOf(grapheme), 0)
}

/** Columns of a text of others as one line, but at most so many; of a long one no more is looked at than that takes. */
export function widthWithin(text: string, columns: number): number {
  return Math.min(columns, width(oneLine(text.slice(0, lookedAt(columns)))))
}

/** Text of others as one line of at most so many columns; what was cut shows as `…`. */
export function shorten(text: string, columns: number): string {
  const line = oneLine(text.slice(0, lookedAt(columns)))
  if (text.length <= lookedAt(columns) && width(line) <= columns) return line
  let kept = ''
  let room = columns - 1
  for (const grapheme of graphemes(line)) {
    room -= widthOf(grapheme)
    if (room < 0) break
    kept += grapheme
  }
  return columns < 1 ? '' : `${kept.trimEnd()}…`
}

/** Characters of a text that are surely enough for so many columns, blanks and marks that take none counted. */
function lookedAt(columns: number): number {
  return 64 + columns * 16
}

/** The text with spaces behind it, or before it, up to so many columns. */
export function pad(text: string, columns: number, side: 'left' | 'right' = 'left'): string {
  const spaces = ' '.repeat(Math.max(0, columns - width(text)))
  return side === 'left' ? text + spaces : spaces + text
}

function graphemes(text: string): readonly string[] {
  return text.match(GRAPHEME) ?? []
}

function widthOf(grapheme: string): number {
  if (WIDE.test(grapheme)) return 2
  return ZERO.test(grapheme) ? 0 : 1
}
