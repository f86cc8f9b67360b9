import { expect, test } from 'vitest'
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
