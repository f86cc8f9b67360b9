/**
 * A text that holds lines which would be read as sections is written in a fence of the language `verbatim`, longer than
 * any run of backticks in it. As the sole content of a Prompt or Context section such a fence stands for its content.
 */
export function enfence(text: string): string {
  const runs = text.match(/`+/g) ?? []
  const fence = '`'.repeat(runs.reduce((longest, { length }) => Math.max(longest, length + 1), 3))
  return `${fence}verbatim\n${text}\n${fence}`
}

/** What a fence made by `enfence` holds; any other text as it is. */
export function unfence(text: string): string {
  const fence = /^(`{3,})verbatim\n/.exec(text)?.[1]
  if (fence === undefined) return text
  const end = text.indexOf(`\n${fence}`, fence.length)
  return end === text.length - fence.length - 1 ? text.slice(`${fence}verbatim\n`.length, end) : text
}
