/** The longest message, without its tags. */
export const MESSAGE_CHARACTERS = 4096

/** Text of others, such that nothing in it is markup. */
export function escapeHtml(text: string): string {
  return printable(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

export function bold(text: string): string {
  return `<b>${escapeHtml(text)}</b>`
}

/** What a tap copies. */
export function code(text: string): string {
  return `<code>${escapeHtml(text)}</code>`
}

/** Text of others as one line of at most so many characters. */
export function oneLine(text: string, most: number): string {
  const beginning = text.trimStart().slice(0, 8 * most)
  return clip(printable(beginning).replace(/\s+/g, ' ').trim(), most)
}

/** The beginning of a text; what was cut shows as `…`, and no character is cut in two. */
export function clip(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1).replace(/[\ud800-\udbff]$/, '')}…`
}

/** Without control characters and marks that turn the direction of what follows. */
function printable(text: string): string {
  return text.replace(/(?![\n\t])\p{Cc}/gu, '').replace(/[\u202a-\u202e\u2066-\u2069]/g, '')
}
