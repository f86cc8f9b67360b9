/** One assignment of a `.env` file. */
export interface DotenvEntry {
  readonly name: string
  readonly value: string
  /** Line on which it begins, from 1. */
  readonly line: number
}

/** A line that is no assignment. */
export interface DotenvProblem {
  readonly line: number
  readonly message: string
}

const ASSIGNMENT = /^[ \t]*(?:export[ \t]+)?([A-Za-z_][\w.-]*)[ \t]*=[ \t]*/
const REST = /^[ \t]*(?:#.*)?$/
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '"': '"', '\\': '\\' }

/**
 * Reads `.env`: `NAME=value`, `export NAME=value`, comments, single quotes (verbatim) and double quotes (`\n`, `\r`, `\t`,
 * `\"`, `\\`; any other backslash stays), both over several lines.
 * Nothing is interpolated. A line that is none of these is a problem: parseEnv of `node:util` would glue it to the next.
 */
export function parseDotenv(text: string): { readonly entries: readonly DotenvEntry[]; readonly problems: readonly DotenvProblem[] } {
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\r|\n/)
  const entries: DotenvEntry[] = []
  const problems: DotenvProblem[] = []
  for (let index = 0; index < lines.length; index += 1) {
    const first = lines[index] ?? ''
    if (REST.test(first)) continue
    const line = index + 1
    const [head, name] = ASSIGNMENT.exec(first) ?? []
    if (head === undefined || name === undefined) {
      problems.push({ line, message: 'must be NAME=value, a comment or empty' })
      continue
    }
    const quote = first[head.length]
    if (quote !== '"' && quote !== "'") {
      entries.push({ name, value: withoutComment(first.slice(head.length)).trim(), line })
      continue
    }
    const quoted = readQuoted(lines, { index, column: head.length + 1 }, quote)
    if ('message' in quoted) problems.push({ line, message: quoted.message })
    else {
      entries.push({ name, value: quoted.value, line })
      index = quoted.last
    }
  }
  return { entries, problems }
}

/** An assignment as `parseDotenv` reads it back, with quotes where the value needs them. */
export function dotenvLine(name: string, value: string): string {
  if (/^[^\s#'"][^\s#]*$/.test(value)) return `${name}=${value}`
  const escaped = value.replace(/[\n\r\t"\\]/g, (character) => `\\${UNESCAPES[character] ?? character}`)
  return `${name}="${escaped}"`
}

const UNESCAPES: Readonly<Record<string, string>> = { '\n': 'n', '\r': 'r', '\t': 't' }

/** A value up to the first `#` that a blank stands before. */
function withoutComment(value: string): string {
  for (let at = value.indexOf('#'); at >= 0; at = value.indexOf('#', at + 1)) {
    if (at === 0 || /[ \t]/.test(value.charAt(at - 1))) return value.slice(0, at)
  }
  return value
}

/** The value behind a quote, and the line on which it ends. */
function readQuoted(
  lines: readonly string[],
  begin: { readonly index: number; readonly column: number },
  quote: '"' | "'",
): { value: string; last: number } | { message: string } {
  const parts: string[] = []
  let from = begin.column
  for (let index = begin.index; index < lines.length; index += 1) {
    const line = lines[index] ?? ''
    const end = closingQuote(line, from, quote)
    if (end >= 0) {
      parts.push(line.slice(from, end))
      if (!REST.test(line.slice(end + 1))) return { message: 'only a comment may follow the closing quote' }
      const inner = parts.join('\n')
      return { value: quote === "'" ? inner : inner.replace(/\\([\s\S])/g, (pair, character) => ESCAPES[character] ?? pair), last: index }
    }
    parts.push(line.slice(from))
    from = 0
  }
  return { message: `the quote ${quote} is never closed` }
}

/** -1 where there is none. A backslash at the end of a line escapes nothing. */
function closingQuote(line: string, from: number, quote: '"' | "'"): number {
  if (quote === "'") return line.indexOf(quote, from)
  for (let at = from; at < line.length; at += 1) {
    if (line[at] === '\\') at += 1
    else if (line[at] === quote) return at
  }
  return -1
}
