/** What stands in for a secret. */
const REDACTED = '[redacted]'

/** Names of variables whose values are never shown. */
export const SECRET_NAME = /TOKEN|KEY|SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIAL|(?:^|_)AUTH$|(?:^|(?<!^AGENT_ENV)_)PASS$|_PWD$/i

/** What a variable ending in PWD holds where it is a directory. */
const DIRECTORY = /^(?:[A-Za-z]:)?(?:[/\\][\w .-]+){2,}[/\\]?$/

/** Shorter values would blur ordinary words and numbers. */
const SHORTEST_SECRET = 8

/**
 * Between a name and its value: `=`, `: `, and `": "` of JSON, also within a text of JSON. Behind a name in quotes there is only a value
 * in quotes, so that JSON stays JSON.
 */
const ASSIGNS = /(?:\s{0,4}[:=]\s{0,4}(?:\\{0,3}["'])?|\\{0,3}["']\s{0,4}(?:[:=]|=>)\s{0,4}\\{0,3}["'])/.source

/**
 * Groups stay, everything else of a match goes. No `\b` before a Telegram token: it would miss `bot123456:…` in URLs.
 * An assignment is masked only where the value itself looks like a secret, since text and code are full of `password: string` and
 * `token = next()`: a password has a digit or a sign within, a token many characters of all three kinds, or is long and hexadecimal.
 * No value that is looked through can hold the begin of another one, so that the time stays linear.
 */
const SHAPES = [
  /\d{6}:[A-Za-z0-9_-]{30,}/,
  /(?<![A-Za-z0-9])orc-run-[A-Za-z0-9_-]{20,}/,
  /(?<![A-Za-z0-9])sk-(?:(?:ant|proj)-[A-Za-z0-9_-]{8,}|(?:svcacct|admin|or-v1)-[A-Za-z0-9_-]{20,}|[A-Za-z0-9]{20,})/,
  /(?<![A-Za-z0-9])(?:gh[opsur]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}|glpat-[A-Za-z0-9_-]{16,})/,
  /(?<![A-Za-z0-9])(?:A[KS]IA[A-Z0-9]{16}(?![A-Za-z0-9])|AIza[A-Za-z0-9_-]{30,})/,
  /(?<![A-Za-z0-9])xox[abeoprs]-[A-Za-z0-9-]{10,}/,
  /(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}/,
  /(-----BEGIN [A-Z ]{0,32}PRIVATE KEY-----(?:\s|\\{1,4}[nr]){1,4})(?:(?:[^"-]|-(?!----))+(?=-{5,6}END )|(?:[A-Za-z0-9+/=]{16,100}(?:\s|\\{1,4}[nr]){0,4})+)/,
  new RegExp(
    `((?:[Pp]assword|PASSWORD|[Pp]asswd|PASSWD|[Pp]assphrase|PASSPHRASE)${ASSIGNS})` +
      /(?![/.$<*])(?=[^\s"'`\\,;&<>()[\]{}:=]{0,64}?(?:\d|[!@#$%^*+~][A-Za-z0-9]))[^\s"'`\\,;&<>()[\]{}]{6,256}(?![^\s"'`\\,;&<>)}\]])/
        .source,
  ),
  new RegExp(
    `((?:[Ss]ecret|SECRET|[Tt]oken|TOKEN|(?:[Aa]pi|API|[Aa]ccess|ACCESS|[Pp]rivate|PRIVATE)[_-]?(?:[Kk]ey|KEY))${ASSIGNS})` +
      /(?:(?=[a-z0-9+/_~-]{0,128}[A-Z])(?=[A-Z0-9+/_~-]{0,128}[a-z])(?=[A-Za-z+/_~-]{0,128}\d)[A-Za-z0-9+/_~-]{16,1024}={0,2}|[0-9a-f]{32,256})(?![\w([]|\.[A-Za-z_$])/
        .source,
  ),
  /([Bb]earer\s{1,4})[A-Za-z0-9._~+/=-]{8,}/,
  /([Aa]uthorization["']?\s{0,4}[:=]\s{0,4}["']?(?:[Bb]asic\s{1,4})?)(?![Bb]earer\s|[Bb]asic\s)[A-Za-z0-9._~+/=-]{8,}/,
  /(:\/\/[^\s/:@?#"'\\<>]{0,256}:)[^\s/@?#"'\\<>]{1,1024}(?=@)/,
].map((shape) => shape.source)

/**
 * Makes a function that masks secrets in a text: the values of secret-looking variables, tokens of runs, of Telegram, GitHub, GitLab and
 * Slack, JSON web tokens, keys of Anthropic, OpenAI, AWS and Google, private keys, `Authorization` headers, passwords in URLs, and what is assigned to a
 * password, token or key and looks like one. One precompiled expression, made for every line that is written anywhere; JSON stays valid JSON.
 */
export function createRedactor(environment: Readonly<Record<string, string>>): (text: string) => string {
  const values = Object.entries(environment)
    .filter(([name, value]) => SECRET_NAME.test(name) && !(/_PWD$/i.test(name) && DIRECTORY.test(value)))
    .flatMap(([, value]) => value.split(/\r?\n/).map((line) => line.trim()))
    .flatMap((value) => [value, JSON.stringify(value).slice(1, -1)])
    .filter((value) => value.length >= SHORTEST_SECRET)
  const longestFirst = [...new Set(values)].sort((a, b) => b.length - a.length)
  const pattern = new RegExp([...longestFirst.map(escaped), ...SHAPES].join('|'), 'g')
  return (text) => text.replace(pattern, `$1$2$3$4$5$6${REDACTED}`)
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
