/** What stands in for a secret. */
const REDACTED = '[redacted]'

/** Names of variables whose values are never shown. */
export const SECRET_NAME = /TOKEN|KEY|SECRET|PASSWORD|CREDENTIAL/i

/** Shorter values would blur ordinary words and numbers. */
const SHORTEST_SECRET = 8

/** Groups stay, everything else of a match goes. No `\b` before a Telegram token: it would miss `bot123456:…` in URLs. */
const SHAPES = [
  /\d{6}:[A-Za-z0-9_-]{30,}/,
  /(?<![A-Za-z0-9])orc-run-[A-Za-z0-9_-]{20,}/,
  /(?<![A-Za-z0-9])sk-(?:ant|proj)-[A-Za-z0-9_-]{8,}/,
  /([Bb]earer\s{1,4})[A-Za-z0-9._~+/=-]{8,}/,
  /([Aa]uthorization["']?\s{0,4}[:=]\s{0,4}["']?(?:[Bb]asic\s{1,4})?)(?![Bb]earer\s|[Bb]asic\s)[A-Za-z0-9._~+/=-]{8,}/,
  /(:\/\/[^\s/:@?#"'\\<>]{0,256}:)[^\s/@?#"'\\<>]{1,1024}(?=@)/,
].map((shape) => shape.source)

/**
 * Makes a function that masks secrets in a text: the values of secret-looking variables, Telegram bot tokens, tokens of runs, keys of
 * Anthropic and OpenAI, `Authorization` headers and passwords in URLs. One precompiled expression, made for every line that is written anywhere;
 * JSON stays valid JSON.
 */
export function createRedactor(environment: Readonly<Record<string, string>>): (text: string) => string {
  const values = Object.entries(environment)
    .filter(([name]) => SECRET_NAME.test(name))
    .flatMap(([, value]) => value.split(/\r?\n/).map((line) => line.trim()))
    .flatMap((value) => [value, JSON.stringify(value).slice(1, -1)])
    .filter((value) => value.length >= SHORTEST_SECRET)
  const longestFirst = [...new Set(values)].sort((a, b) => b.length - a.length)
  const pattern = new RegExp([...longestFirst.map(escaped), ...SHAPES].join('|'), 'g')
  return (text) => text.replace(pattern, `$1$2$3${REDACTED}`)
}

function escaped(value: string): string {
  return value.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
}

/** The same value with every text in it redacted, however deep it lies; keys are left as they are. */
export function redactAll<T>(redact: (text: string) => string, value: T): T
export function redactAll(redact: (text: string) => string, value: unknown): unknown {
  if (typeof value === 'string') return redact(value)
  if (Array.isArray(value)) return value.map((item) => redactAll(redact, item))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, redactAll(redact, item)]))
}
