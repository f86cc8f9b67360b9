/** The most of a text that a small model is given, in characters: its context is short and its time is counted. */
const MOST = 6_000

/** A text, or its beginning and its end where it is too long for a small model. */
export function excerpt(text: string): string {
  if (text.length <= MOST) return text
  return `${text.slice(0, MOST / 2)}\n[…]\n${text.slice(-MOST / 2)}`
}
