import { normalizeLineEnds } from './decode.ts'

const OPENING = /^\uFEFF?---[ \t]*\n/
const FENCE = /^---[ \t]*\n?$/
const ORIGIN = /^origin[ \t]*:/

/**
 * The same task file, its line ends `\n`, with this origin in place of any that it names. What does not take the line, such as front matter in braces,
 * no longer reads as a task: whoever writes the file checks what it became.
 */
export function withOrigin(written: string, origin: string): string {
  const markdown = normalizeLineEnds(written)
  const line = `origin: ${JSON.stringify(origin)}\n`
  const [opening] = OPENING.exec(markdown) ?? []
  if (opening === undefined) return `---\n${line}---\n\n${markdown.replace(/^\uFEFF/, '')}`
  return `---\n${line}${withoutOrigins(markdown.slice(opening.length))}`
}

/** Leaves out the lines that name an origin, and the indented ones below each, up to the end of the front matter. */
function withoutOrigins(text: string): string {
  const kept: string[] = []
  let dropping = false
  let from = 0
  while (from < text.length) {
    const end = text.indexOf('\n', from) + 1 || text.length
    const line = text.slice(from, end)
    if (FENCE.test(line)) break
    dropping = ORIGIN.test(line) || (dropping && /^[ \t]/.test(line))
    if (!dropping) kept.push(line)
    from = end
  }
  return kept.join('') + text.slice(from)
}
