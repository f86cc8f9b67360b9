/** The most of a text that a small model is given, in characters: its context is short and its time is counted. */
const MOST = 6_000

/** A text, or its beginning and its end where it is longer than `most` characters. */
export function excerpt(text: string, most: number = MOST): string {
  if (text.length <= most) return text
  const half = Math.floor(most / 2)
  return `${text.slice(0, half)}\n[…]\n${half > 0 ? text.slice(-half) : ''}`
}

/** Excerpts of several texts that share `most` characters: short ones leave what they do not need to the long ones. */
export function excerpts(texts: readonly string[], most: number): string[] {
  const kept: string[] = []
  let left = most
  let waiting = texts.length
  for (const [index, text] of [...texts.entries()].sort(([, one], [, other]) => one.length - other.length)) {
    const share = Math.min(text.length, Math.floor(left / waiting))
    kept[index] = excerpt(text, share)
    left -= share
    waiting -= 1
  }
  return kept
}
