import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createRedactor } from './redact.ts'

const telegram = `123456789:${'AbCdEfGh_-'.repeat(4)}`

test('values of secret-looking variables are masked wherever they stand, also escaped in JSON; longer ones first', () => {
  const redact = createRedactor({
    DB_PASSWORD: 'pa"ss\\word',
    API_KEY: 'abcdefgh',
    API_TOKEN: 'abcdefgh-long',
    my_secret: 'line-one\nline-two-x',
    SHORT_KEY: '1234567',
    PATH: '/usr/local/bin',
  })
  expect(redact('a pa"ss\\word b abcdefgh-long c abcdefgh d')).toBe('a [redacted] b [redacted] c [redacted] d')
  expect(JSON.parse(redact(JSON.stringify({ text: 'x pa"ss\\word y' })))).toEqual({ text: 'x [redacted] y' })
  expect(redact('line-one then line-two-x')).toBe('[redacted] then [redacted]')
  expect(redact('1234567 /usr/local/bin')).toBe('1234567 /usr/local/bin')
})

test('secrets are known by their shape, without any variable', () => {
  const redact = createRedactor({})
  expect(redact(`https://api.telegram.org/bot${telegram}/getMe`)).toBe('https://api.telegram.org/bot123[redacted]/getMe')
  expect(redact('key sk-ant-api03-AbCd_1234-x.')).toBe('key [redacted].')
  expect(redact('{"authorization":"Bearer abc.def-123=="}')).toBe('{"authorization":"Bearer [redacted]"}')
  expect(redact('Authorization: Basic dXNlcjpwYXNz')).toBe('Authorization: Basic [redacted]')
  expect(redact('authorization=abcdefghijk')).toBe('authorization=[redacted]')
  expect(redact('git clone https://me:p4ss:w0rd@host/x and redis://:pw@h')).toBe(
    'git clone https://me:[redacted]@host/x and redis://:[redacted]@h',
  )
})

const KEY_LINES = [
  'MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj',
  'MzEfYyjiWA4R4/M2bS1GB4t7NXp98C3SC6dVMvDuictGeurT8jNbvJZHtCSuYEvu',
  'NMoSfm76oqFvAp8Gy0iz5sxjZmSnXyCdPEovGhLa0VzMaQ8s+CLOyS56YyCFGeJZ',
]

/** A made-up secret whose begin stands apart, so that no scanner takes this file for a leak. */
const made = (start: string, rest: string) => `${start}${rest}`

test.each([
  ['of GitHub', made('ghp', '_16C7e42F292c6912E7710c838347Ae178B4a')],
  ['of GitHub apps', made('ghs', '_16C7e42F292c6912E7710c838347Ae178B4a')],
  ['of GitHub, fine-grained', made('github_pat', '_11ABCDEFG0abcdefghijkl_AbCdEfGhIjKlMnOpQrStUvWxYz0123456789')],
  ['of GitLab', made('glpat', '-AbCd_1234-efGh5678ij')],
  ['of AWS', made('AKIA', 'IOSFODNN7EXAMPLE')],
  ['of AWS, for a while', made('ASIA', 'IOSFODNN7EXAMPLE')],
  ['of Slack', made('xoxb', '-123456789012-1234567890123-AbCdEfGhIjKlMnOpQrStUvWx')],
  ['of Google', made('AIza', 'SyA-1234567890abcdefGHIJKLMNOP_qrstu')],
  ['of OpenAI, as they were', made('sk', '-AbCdEfGhIjKlMnOpQrStT3BlbkFJabcdefghijklmnop')],
  ['that are JSON web tokens', made('eyJ', 'hbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U')],
  ['of OpenAI service accounts', made('sk-svcacct', '-AbCd_1234-efGh5678ij_KlMn')],
])('tokens and keys %s are known by their shape', (_whose, key) => {
  const redact = createRedactor({})
  expect(redact(`first ${key}, then '${key}' and x=${key}\n`)).toBe("first [redacted], then '[redacted]' and x=[redacted]\n")
  expect(JSON.parse(redact(JSON.stringify([key])))).toEqual(['[redacted]'])
})

describe('a private key', () => {
  const redact = createRedactor({})
  const begin = '-----BEGIN RSA PRIVATE KEY-----'
  const end = '-----END RSA PRIVATE KEY-----'
  const whole = (...lines: string[]) => [begin, ...lines, end].join('\n')

  test('is masked, in text and however deep in JSON', () => {
    const text = `a ${whole(...KEY_LINES)} b`
    const masked = `a ${begin}\n[redacted]${end} b`
    expect(redact(text)).toBe(masked)
    expect(JSON.parse(redact(JSON.stringify({ text })))).toEqual({ text: masked })
    expect(JSON.parse(JSON.parse(redact(JSON.stringify(JSON.stringify({ text })))))).toEqual({ text: masked })
    expect(redact(text.replaceAll('\n', '\r\n'))).toBe(masked.replace('\n', '\r\n'))
  })

  test('is masked with headers, and where its end is missing', () => {
    const headers = ['Proc-Type: 4,ENCRYPTED', 'DEK-Info: AES-128-CBC,0011', '']
    expect(redact(whole(...headers, ...KEY_LINES))).toBe(`${begin}\n[redacted]${end}`)
    expect(redact(`-${whole(...KEY_LINES).replaceAll('\n', '\n-')}\n`), 'removed in a patch').toBe(`-${begin}\n[redacted]-${end}\n`)
    expect(redact([begin, ...KEY_LINES, '(cut off)'].join('\n'))).toBe(`${begin}\n[redacted](cut off)`)
  })

  test('is not taken from what only speaks of one', () => {
    for (const text of [`START = "${begin}"\nEND = "${end}"`, `${begin}\nis how it begins`, `{"a":"${begin}\\n","b":"${end}"}`]) {
      expect(redact(text)).toBe(text)
    }
    const certificate = whole(...KEY_LINES).replaceAll('RSA PRIVATE KEY', 'CERTIFICATE')
    expect(redact(certificate)).toBe(certificate)
  })
})

describe('what is assigned', () => {
  const redact = createRedactor({})

  test.each([
    ['password=hunter2', 'password=[redacted]'],
    ['password: s3cr3t-value, then', 'password: [redacted], then'],
    ['DB_PASSWORD="correct!horse"', 'DB_PASSWORD="[redacted]"'],
    ["userPassword: 'a1b2c3d4'", "userPassword: '[redacted]'"],
    ["'password' => 'p4ss:w0rd='", "'password' => '[redacted]'"],
    ['https://host/?password=abc123&user=me', 'https://host/?password=[redacted]&user=me'],
    ['passwd=12345678', 'passwd=[redacted]'],
    [`its token: ${'Aa1'.repeat(8)}.`, 'its token: [redacted].'],
    ['aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY1', 'aws_secret_access_key = [redacted]'],
    ['{"access_token":"2YotnFZFEjr1zCsicMWpAA=="}', '{"access_token":"[redacted]"}'],
    [`API_KEY=${'0123456789abcdef'.repeat(2)}`, 'API_KEY=[redacted]'],
  ])('is masked where it looks like a secret: %s', (text, masked) => {
    expect(redact(text)).toBe(masked)
    expect(JSON.parse(redact(JSON.stringify({ text })))).toEqual({ text: masked })
    expect(JSON.parse(JSON.parse(redact(JSON.stringify(JSON.stringify({ text })))))).toEqual({ text: masked })
  })

  test('stays as it is where it does not', () => {
    const text = [
      'The password must have 8 characters; password: required, Password: Required!',
      'password: string, password?: string, password=password, password = $DB_PASSWORD1, password: $' + '{secret1}',
      "const password = process.env['PASSWORD1']",
      'const password = readPassword1(); password: hash256(word)',
      'password: /run/secrets/db1 and password=./secrets/db2',
      'token=3 tokens: 1234567890123456789 max_tokens=128000 token: Token, token = next(),',
      'const token = createTokenFor1234567890(); token = state.tokens.Input1234567890',
      'secret: db-credentials-v2-of-production',
      'key: 3f786850e387550fdab836ed7e6dc881de23001b',
      'commit 3f786850e387550fdab836ed7e6dc881de23001b',
      '{"password":12345678,"token":123,"secret":null,"tokens":{"input":1}}',
      'risk-assessment-of-2026-and-beyond, sk-fading-circle-of-a-spinner, desk-AbCdEfGhIjKlMnOpQrSt',
      `AKIA, ASIAN and ${made('AKIA', 'IOSFODNN7EXAMPLEX')}; ghp_short; xoxb- and glpat-; AIzawa`,
    ].join('\n')
    expect(redact(text)).toBe(text)
  })
})

test('variables are secret by the end of their names too, but not settings and directories', () => {
  const value = 'made-up-value'
  for (const name of ['DB_PASS', 'DB_PWD', 'NPM_AUTH', 'GIT_CREDENTIALS', 'DB_PASSWD', 'GPG_PASSPHRASE', 'npm_config__auth', 'PASS']) {
    expect(createRedactor({ [name]: value })(value), name).toBe('[redacted]')
  }
  for (const name of ['AGENT_ENV_PASS', 'PWD', 'OLDPWD', 'AUTHOR', 'SSH_AUTH_SOCK', 'COMPASS', 'PASSENGERS']) {
    expect(createRedactor({ [name]: value })(value), name).toBe(value)
  }
  expect(createRedactor({ BUILD_PWD: '/builds/group/project' })('/builds/group/project/a.ts')).toBe('/builds/group/project/a.ts')
})

test('JSON stays JSON, whatever is in it', () => {
  const redact = createRedactor({})
  const begins = ['-----BEGIN PRIVATE KEY-----', '-----END ', 'password', 'token', 'secret', '://']
  const word = fc.constantFrom(...begins, ...['=', ':', '@', '"', "'", '\\', '\n', ' ', 'a1b2c3d4', 'Aa1'.repeat(8)])
  const text = fc.oneof(
    fc.array(word, { maxLength: 12 }).map((words) => words.join('')),
    fc.string(),
  )
  const leaf = fc.oneof(text, fc.double({ noNaN: true }))
  const value = fc.dictionary(text, fc.oneof(leaf, fc.array(leaf, { maxLength: 4 }), fc.dictionary(text, leaf, { maxKeys: 4 })), {
    maxKeys: 4,
  })
  fc.assert(
    fc.property(value, (any) => {
      expect(() => JSON.parse(redact(JSON.stringify(any)))).not.toThrow()
    }),
    { numRuns: 1000 },
  )
})

test('ordinary text stays as it is', () => {
  const text = [
    'task-ant-colony-simulation-of-2026 done',
    'http://127.0.0.1:11434/a@b',
    'git@github.com:owner/repo',
    `sha256:${'a'.repeat(64)}`,
    '2026-11-21T01:02:03.000Z',
    '{"a":"http://x:1","b":"c@d"}',
    'the bearer of bad news',
    'a$1b',
  ].join('\n')
  expect(createRedactor({ SOME_KEY: '' })(text)).toBe(text)
})
