import { FRONT_MATTER_KEYS, type FrontMatter } from '../domain/task.ts'

const KEYS: ReadonlySet<string> = new Set(FRONT_MATTER_KEYS)
const MAX_LINE = 500
const PAIR = /^([a-z_]+): +(.*)$/
const QUOTED = /^(?:"([ !#-[\]-~]*)"|'([ -&(-~]*)')(?: +#.*)?$/
const PLAIN = /^[A-Za-z0-9/](?:[\w./@+-]|:(?! |$)| (?! *(?:#|$)))*/
const TRAILER = /^ *(?:$| #)/
const KEYWORD = /^(?:null|true|false)$/i
const NUMBER = /^(?:0o[0-7]+|0x[\da-f]+|\d+(?:\.\d*)?(?:e[-+]?\d+)?)$/i
const SIMPLE_NUMBER = /^(?:0|[1-9]\d{0,14})(?:\.\d{1,6})?$/

/**
 * The front matter of the common file, whose every line is `known_key: scalar` in ASCII, read without a YAML parser: a
 * hundredth of its cost. Undefined for anything that is not plainly that; then only the YAML parser can tell.
 */
export function readPlainHead(block: string): Partial<Record<keyof FrontMatter, string | number>> | undefined {
  const head: Record<string, string | number> = {}
  for (const line of block.split('\n')) {
    if (line === '' || line.startsWith('#')) continue
    if (line.length > MAX_LINE) return undefined
    const [, key, text] = PAIR.exec(line) ?? []
    if (key === undefined || text === undefined || !KEYS.has(key) || Object.hasOwn(head, key)) return undefined
    const value = readScalar(text, key === 'id')
    if (value === undefined) return undefined
    head[key] = value
  }
  return head
}

/** Whether the text, written as it is behind a key, is read back as that very string. */
export function isPlainScalar(text: string): boolean {
  return readScalar(text, false) === text
}

/** Ids keep their digits as written: `007` is not 7. */
function readScalar(text: string, keepDigits: boolean): string | number | undefined {
  if (text.length > MAX_LINE) return undefined
  const quoted = QUOTED.exec(text)
  if (quoted) return quoted[1] ?? quoted[2]
  const [plain] = PLAIN.exec(text) ?? []
  if (plain === undefined || !TRAILER.test(text.slice(plain.length)) || KEYWORD.test(plain)) return undefined
  if (!NUMBER.test(plain)) return plain
  if (!SIMPLE_NUMBER.test(plain)) return undefined
  return keepDigits ? plain : Number(plain)
}
