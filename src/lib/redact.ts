import { replaceShapes } from './secret-shapes.ts'

/** What stands in for a secret. */
export const REDACTED = '[redacted]'

/** Names of variables whose values are never shown. */
export const SECRET_NAME = /TOKEN|KEY|SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIAL|(?:^|_)AUTH$|(?:^|(?<!^AGENT_ENV)_)PASS$|_PWD$/i

/** What a variable with such a name holds where it is a path. */
const NAME_OF_PATH = /(?:_PWD|CREDENTIALS?|_FILE|_PATH|_DIR)$/i
const PATH = /^(?:[A-Za-z]:)?(?:[/\\][\w .-]+){2,}[/\\]?$/

/** Shorter values would blur ordinary words and numbers. */
export const SHORTEST_SECRET = 8

/** The longest secret that is reckoned with where a text is cut, in characters. */
export const LONGEST_SECRET = 4096

/** Words with a few digits behind them at most, as people write them in titles and names. */
const ORDINARY = /^(?:\p{Lu}?\p{Ll}+|\p{Lu}+)\d{0,4}$/u
const LONGEST_WORD = 16

type Environment = Readonly<Record<string, string>>

/** Masks secrets in a text. */
export interface Redactor {
  (text: string): string
  /** The same for names that people and programs go by, such as paths and messages with ids: secrets that are ordinary words stay in them. */
  readonly inNames?: (text: string) => string
  /** The secrets that are known by their value, longest first. */
  readonly secrets?: readonly string[]
}

/** The secrets of environments, by the variables that hold them: those with such a name, and passwords in addresses. */
export function secretsIn(...environments: readonly Environment[]): readonly { readonly name: string; readonly value: string }[] {
  return environments.flatMap(Object.entries<string>).flatMap(([name, value]) => {
    if (SECRET_NAME.test(name) && !(NAME_OF_PATH.test(name) && PATH.test(value))) return [{ name, value }]
    const password = passwordIn(value)
    return password === undefined ? [] : [{ name, value: password }]
  })
}

/** Whether a secret reads like an ordinary word, such as `postgres`: where it stands in a name, nobody meant the secret. */
export function isOrdinaryWord(value: string): boolean {
  return value.length <= LONGEST_WORD && ORDINARY.test(value)
}

/**
 * Makes a function that masks secrets in a text: the values of secret-looking variables, in whatever way they are quoted, escaped or encoded, and what has
 * the shape of a secret. Made for every text that goes out anywhere, in linear time; JSON stays valid JSON.
 */
export function createRedactor(...environments: readonly Environment[]): Redactor {
  const values = secretsIn(...environments).flatMap(({ value }) => [value.trim(), ...value.split(/\r?\n/).map((line) => line.trim())])
  const secrets = [...new Set(values)].filter((value) => value.length >= SHORTEST_SECRET).sort((a, b) => b.length - a.length)
  const inNames = masking(secrets.filter((secret) => !isOrdinaryWord(secret)))
  return Object.assign(masking(secrets), { inNames, secrets })
}

/** Masks only what is known by its shape, for texts of which nobody knows the configuration. */
export const maskShapes: Redactor = createRedactor()

/** Masks secrets in names; see `Redactor`. */
export function namesMasked(redact: Redactor, text: string): string {
  return (redact.inNames ?? redact)(text)
}

/** The beginning of a text that is to be cut, masked: what a cut halves is taken off. It may be longer than `most`. */
export function maskedStart(redact: Redactor, text: string, most: number): string {
  const raw = most + LONGEST_SECRET
  return text.length <= raw ? redact(text) : redact(text.slice(0, raw)).slice(0, -LONGEST_SECRET)
}

/** How the values under a key are masked: not at all, as names, or as text. */
export interface Fields {
  /** Identifiers, codes and times. Whatever is called so is never masked. */
  readonly ids: ReadonlySet<string>
  /** Paths and names of files, programs and people. */
  readonly names: ReadonlySet<string>
}

/** The same value with every text in it masked as its key says, however deep it lies; keys are left as they are. Everything with another key is text. */
export function maskFields<T>(redact: Redactor, value: T, fields: Fields): T
export function maskFields(redact: Redactor, value: unknown, fields: Fields): unknown {
  return maskField(redact, value, '', fields)
}

function maskField(redact: Redactor, value: unknown, key: string, fields: Fields): unknown {
  if (typeof value === 'string') {
    if (fields.ids.has(key)) return value
    return fields.names.has(key) ? namesMasked(redact, value) : maskValue(redact, value, key)
  }
  if (Array.isArray(value)) return value.map((item) => maskField(redact, item, key, fields))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, maskField(redact, item, name, fields)]))
}

/** A value by itself, or by what its key says of it. */
export function maskValue(redact: Redactor, value: string, key: string): string {
  const masked = redact(value)
  if (masked !== value || !SECRET_NAME.test(key)) return masked
  const head = `${key}=`
  const whole = redact(head + value)
  return whole.startsWith(head) ? whole.slice(head.length) : REDACTED
}

function masking(secrets: readonly string[]): (text: string) => string {
  if (secrets.length === 0) return (text) => replaceShapes(text, REDACTED)
  const encoded = secrets.filter(({ length }) => length <= 512).flatMap(base64Forms)
  const known = new RegExp([...secrets.map(inEveryForm), ...encoded].join('|'), 'g')
  return (text) => replaceShapes(text.replace(known, REDACTED), REDACTED)
}

/** Backslashes that JSON within JSON makes of one; more nobody writes, and looking for more would take time. */
const MOST_ESCAPES = 64

/**
 * A value as it is, within texts of JSON however deep, in URLs and in markup: each character in each of its forms. A run of backslashes
 * is looked at from its begin alone, lest it is looked through from each of its places.
 */
function inEveryForm(value: string): string {
  const parts = value.replace(/\r\n?/g, '\n').match(/\\*[^\\]|\\+/gsu) ?? []
  const begins = /^[A-Za-z0-9_]/.test(value) ? '' : '(?<!\\\\)'
  return begins + parts.map(formsOf).join('')
}

const NAMED: Readonly<Record<string, string>> = { '\n': '\\r?\\n|(?:\\\\{1,8}r)?\\\\{1,8}n', '\t': '\\t|\\\\{1,8}t', ' ': ' |\\+' }
const MARKUP: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#(?:39|x27);' }

/** The forms of a character with the backslashes before it. */
function formsOf(part: string): string {
  const slashes = /^\\*/.exec(part)?.[0].length ?? 0
  const character = part.slice(slashes)
  const before = slashes === 0 ? '' : `(?:\\\\{${slashes},${MOST_ESCAPES}}|(?:%5[cC]|\\\\{1,8}u005[cC]){${slashes}})`
  if (character === '' || /^[A-Za-z0-9_]$/.test(character)) return before + character
  const percent = [...Buffer.from(character)].map((byte) => `%${anyHex(byte.toString(16).padStart(2, '0'))}`).join('')
  const units = Array.from({ length: character.length }, (_, at) => character.charCodeAt(at).toString(16).padStart(4, '0'))
  const unicode = units.map((unit) => `\\\\{1,8}u${anyHex(unit)}`).join('')
  const plain = NAMED[character] ?? (slashes > 0 ? escaped(character) : `\\\\{0,15}${escaped(character)}`)
  return `${before}(?:${[plain, percent, unicode, ...(MARKUP[character] ? [MARKUP[character]] : [])].join('|')})`
}

function anyHex(digits: string): string {
  return digits.replace(/[a-f]/g, (digit) => `[${digit}${digit.toUpperCase()}]`)
}

/** What a value looks like in the middle of a text in base64, at each of the three places where it may begin; the characters at its edges hold bits of others. */
function base64Forms(value: string): string[] {
  const bytes = Buffer.from(value)
  return [0, 1, 2].flatMap((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .replace(/=+$/, '')
    const whole = Math.floor(((before + bytes.length) * 8) / 6)
    const form = text.slice(before === 0 ? 0 : before + 1, whole)
    return form.length < SHORTEST_SECRET ? [] : [form.replace(/[+/]/g, (sign) => (sign === '+' ? '[+-]' : '[/_]'))]
  })
}

/** An address, or another text, without the password that is in it where it is one. */
export function withoutPassword(text: string): string {
  const [, before, after] = ADDRESS.exec(text) ?? []
  return before === undefined ? text : `${before}${REDACTED}${after}`
}

/** An address with a password: what stands before that, and behind. */
const ADDRESS = /^((?:[A-Za-z][A-Za-z0-9+.-]*:\/\/)?[^\s/:@]*:)\S+(@[^\s@]+)$/

/** The password in an address, as it is meant; undefined where there is none. */
function passwordIn(value: string): string | undefined {
  const [, before, after] = ADDRESS.exec(value) ?? []
  if (before === undefined || after === undefined) return undefined
  const password = value.slice(before.length, -after.length)
  try {
    return decodeURIComponent(password)
  } catch {
    return password // it is not encoded
  }
}

function escaped(value: string): string {
  return value.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
}
