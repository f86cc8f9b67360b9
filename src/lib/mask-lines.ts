import { LONGEST_SECRET, maskValue, namesMasked, REDACTED, type Redactor, SHORTEST_SECRET } from './redact.ts'
import { TOKEN_BEGUN } from './secret-shapes.ts'

/** A text that comes in pieces, masked piece by piece: what is split between two of them comes through in neither. To be called once for each, in order. */
export type PieceMask = (piece: string) => string

const KEY_BEGIN = /-----BEGIN [A-Z ]{0,32}PRIVATE KEY(?: BLOCK)?-----/
const KEY_END = /-----END [A-Z ]{0,32}PRIVATE KEY(?: BLOCK)?-----/
/** A line of a private key, with what a runner or a patch puts before it. */
const KEY_LINE = /^(?:[^A-Za-z0-9+/=]|[^=]{0,60}[\s:|>\]+-])?[A-Za-z0-9+/]{16,}={0,2}["',;\\]{0,4}\s*$/
const KEY_HEADER = /^(?:.{0,40}[\s|:>\]+-])?(?:[A-Z][A-Za-z-]{2,20}: .{1,200}|\W{0,8})$/
const LONGEST_KEY_LINE = 1_000
/** The last line of one, which is short. */
const KEY_LAST = /^(?:.{0,40}[\s|:>\]+-]|\W{0,8})[A-Za-z0-9+/]{2,15}={0,2}["',;\\]{0,4}\s*$/

/** The least of a known secret at the end of a piece that is masked there at once. */
const LEAST_BEGIN = 6
/** What a line begins with that may be the rest of a token: no word of a language has digits in it. */
const TOKEN_REST = /^(?=[A-Za-z+/_-]{0,40}\d)[\w.=+/-]{8,65536}/
/** The least of a token, its begin counted. */
const LEAST_TOKEN = 10
/** Longer secrets are not looked for in halves, nor tokens further than this from the end. */
const LONGEST_SPLIT = 600

/**
 * Masks lines as they come: also a private key that is printed line by line, and a token or a known secret that goes over from one line
 * to the next. To be called once for each line, in order.
 */
export function pieceMask(redact: Redactor): PieceMask {
  const secrets = (redact.secrets ?? []).filter(({ length }) => length <= LONGEST_SPLIT)
  const key = new PrivateKey()
  /** Whether the last piece ended with a token, or the begin of one. */
  let goesOn = false
  /** What the next piece may begin with, of secrets that this one may have begun. */
  let rests: readonly string[] = []

  return (piece) => {
    let text = key.withoutLines(piece)
    const begun = rests.filter((rest) => text.startsWith(rest)).sort((a, b) => b.length - a.length)[0]
    if (begun !== undefined) text = REDACTED + text.slice(begun.length)
    else if (goesOn) text = text.replace(TOKEN_REST, REDACTED)
    const begins = secrets.flatMap((secret) => beginsOf(secret, text))
    rests = begins.map(({ rest }) => rest)
    const longest = Math.max(0, ...begins.map(({ length }) => length))
    if (longest >= LEAST_BEGIN) {
      goesOn = false
      return redact(text.slice(0, -longest)) + REDACTED
    }
    const masked = text.length < SHORTEST_SECRET ? text : redact(text)
    goesOn = TOKEN_BEGUN.test(text.slice(-LONGEST_SPLIT))
    const end = masked.slice(-LONGEST_SPLIT)
    const open = TOKEN_BEGUN.exec(end)?.[0].length ?? 0
    return open < LEAST_TOKEN ? masked : masked.slice(0, -open) + REDACTED
  }
}

/** What a stream has of a private key so far. */
class PrivateKey {
  #open = false
  #lines = 0

  /** A piece without what in it goes on with a key that an earlier one began. */
  withoutLines(piece: string): string {
    if (!this.#open && !piece.includes('PRIVATE KEY')) return piece
    return piece.includes('\n')
      ? piece
          .split('\n')
          .map((line) => this.#line(line))
          .join('\n')
      : this.#line(piece)
  }

  #line(line: string): string {
    const begin = line.search(KEY_BEGIN)
    if (begin >= 0) {
      this.#lines = 0
      this.#open = !KEY_END.test(line.slice(begin))
      return line
    }
    if (!this.#open) return line
    const end = line.search(KEY_END)
    if (end >= 0) this.#open = false
    else if (line.length > LONGEST_KEY_LINE) this.#open = false
    else if (KEY_LINE.test(line) || (this.#lines > 0 && KEY_LAST.test(line))) {
      this.#lines += 1
      return REDACTED
    } else if (!KEY_HEADER.test(line)) this.#open = false
    return end > 0 ? REDACTED + line.slice(end) : line
  }
}

/** The begins of a secret that a text ends with, how long each is, and what of the secret would follow. */
function beginsOf(secret: string, text: string): { readonly length: number; readonly rest: string }[] {
  const begins: { readonly length: number; readonly rest: string }[] = []
  const last = text.at(-1)
  for (let length = Math.min(secret.length - 1, text.length); length > 0; length--) {
    if (secret[length - 1] === last && text.endsWith(secret.slice(0, length))) begins.push({ length, rest: secret.slice(length) })
  }
  return begins
}

/** Fields of an agent's stream that things are known by; below `TEXTS` everything is text. */
const IDS = new Set(['session_id', 'uuid', 'id', 'tool_use_id', 'parent_tool_use_id', 'request_id', 'type', 'subtype', 'role'])
const NAMES = new Set(['model'])
const TEXTS = new Set(['input', 'tool_input', 'tool_use_result'])

/** JSON that writes letters as numbers: what it says has to be looked at, not how it is written. */
const LETTERS_AS_NUMBERS = '\\u00'

/** Masks the stream of an agent, line by line: objects of JSON by what they say, so that ids stay what they are, and all else as text. */
export function streamMask(redact: Redactor): PieceMask {
  const maskPiece = pieceMask(redact)
  return (line) => {
    const value = line.startsWith('{') ? parsed(line) : undefined
    if (value === undefined) return maskPiece(line)
    const masked = redact(line)
    const speaks = line.includes('"text"') || line.includes('"thinking"') || line.includes('"partial_json"')
    if (masked === line && !speaks && !line.includes(LETTERS_AS_NUMBERS)) return line
    const inner = walk(value, '', false)
    if (!inner.changed && masked === line) return line
    const written = JSON.stringify(inner.value)
    // What stands in the line and not in what it says, such as a key that stands there twice, goes as well.
    return inner.changed || countIn(masked) !== countIn(redact(written)) ? written : line
  }

  function isSecret(name: string): boolean {
    return name.length >= SHORTEST_SECRET && namesMasked(redact, name) !== name
  }

  function walk(value: unknown, key: string, inText: boolean): { readonly value: unknown; readonly changed: boolean } {
    if (typeof value === 'string') {
      if (!inText && IDS.has(key)) return { value, changed: false }
      const isName = !inText && NAMES.has(key)
      const own = isName ? namesMasked(redact, value) : STREAMED.has(key) ? maskPiece(value) : maskValue(redact, value, key)
      return { value: own, changed: own !== value }
    }
    if (typeof value !== 'object' || value === null) return { value, changed: false }
    const below = inText || TEXTS.has(key)
    const entries = Object.entries(value).map(([name, item]) => [name, walk(item, Array.isArray(value) ? key : name, below)] as const)
    if (!entries.some(([name, { changed }]) => changed || isSecret(name))) return { value, changed: false }
    if (Array.isArray(value)) return { value: entries.map(([, item]) => item.value), changed: true }
    return { value: Object.fromEntries(entries.map(([name, item]) => [namesMasked(redact, name), item.value])), changed: true }
  }
}

function countIn(text: string): number {
  return text.split(REDACTED).length
}

/** Fields that come in pieces. */
const STREAMED = new Set(['text', 'thinking', 'partial_json'])

function parsed(line: string): object | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null ? value : undefined
  } catch {
    return undefined // no JSON, or the begin of some: masked as text
  }
}

/** Takes the end off a masked line that was cut, since a half of a secret may be left there. */
export function withoutCutEnd(line: string, mark: string): string {
  return line.endsWith(mark) ? line.slice(0, -(LONGEST_SECRET + mark.length)) + mark : line
}

/** The last characters of a text, masked; of one that is only the end of another, what may be the half of a secret is taken off. */
export function maskedEnd(redact: Redactor, text: string, { most, isCut }: { readonly most: number; readonly isCut: boolean }): string {
  const masked = redact(text)
  return (isCut ? masked.slice(LONGEST_SECRET) : masked).slice(-most)
}
