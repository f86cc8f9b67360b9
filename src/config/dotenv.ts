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
    const value = first.slice(head.length)
    const quote = value[0]
    if (quote !== '"' && quote !== "'") {
      entries.push({ name, value: value.replace(/(^|[ \t]+)#.*$/, '').trim(), line })
      continue
    }
    const quoted = readQuoted([value, ...lines.slice(index + 1)], quote)
    if ('message' in quoted) problems.push({ line, message: quoted.message })
    else {
      entries.push({ name, value: quoted.value, line })
      index += quoted.lines - 1
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

/** The value that begins with a quote on the first line, and how many lines it takes. */
function readQuoted(lines: readonly string[], quote: '"' | "'"): { value: string; lines: number } | { message: string } {
  const text = lines.join('\n')
  const [all, inner] = (quote === '"' ? /^"((?:[^"\\]|\\[\s\S])*)"/ : /^'([^']*)'/).exec(text) ?? []
  if (all === undefined || inner === undefined) return { message: `the quote ${quote} is never closed` }
  const rest = text.slice(all.length).split('\n', 1)[0] ?? ''
  if (!REST.test(rest)) return { message: 'only a comment may follow the closing quote' }
  const value = quote === "'" ? inner : inner.replace(/\\([\s\S])/g, (pair, character: string) => ESCAPES[character] ?? pair)
  return { value, lines: all.split('\n').length }
}
