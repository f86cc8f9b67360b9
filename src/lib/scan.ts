/** The text without the characters of this set at its end. A pattern such as `/x+$/` takes time that grows with the square of the length. */
export function withoutTrailing(text: string, characters: string): string {
  let end = text.length
  while (end > 0 && characters.includes(text.charAt(end - 1))) end -= 1
  return text.slice(0, end)
}

/** Where a run of one character ends that begins at `from`; `from` itself where there is none. */
export function endOfRun(text: string, character: string, from: number): number {
  let end = from
  while (end < text.length && text[end] === character) end += 1
  return end
}

/** The length of the longest run of one character. */
export function longestRun(text: string, character: string): number {
  let longest = 0
  for (let at = text.indexOf(character); at >= 0; ) {
    const end = endOfRun(text, character, at)
    longest = Math.max(longest, end - at)
    at = text.indexOf(character, end)
  }
  return longest
}
