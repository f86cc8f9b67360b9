import { expect, test } from 'vitest'
import { leaked } from '../../test/helpers/leaked.ts'
import { maskedEnd, pieceMask, streamMask, withoutCutEnd } from './mask-lines.ts'
import { createRedactor, LONGEST_SECRET, maskShapes } from './redact.ts'

const VALUE = 'kX7"pq\\9zR!w2Lm_tail'
const redact = createRedactor({ DB_PASSWORD: VALUE })
const KEY = [
  'MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj',
  'MzEfYyjiWA4R4/M2bS1GB4t7NXp98C3SC6dVMvDuictGeurT8jNbvJZHtCSuYEvu',
  'NMoSfm76oqFvAp8G=',
]
const PEM = ['-----BEGIN RSA PRIVATE KEY-----', 'Proc-Type: 4,ENCRYPTED', '', ...KEY, '-----END RSA PRIVATE KEY-----']
const masked = (lines: readonly string[], mask = pieceMask(redact)) => lines.map(mask)

test.each(['', '+', '  ', '[api] ', '12:31:02 | '])(
  'a private key that is printed line by line goes, with %j before each line',
  (before) => {
    const lines = masked(['begin', ...PEM.map((line) => before + line), 'all is well', 'ok'])
    expect(leaked(lines.join('\n'), KEY.join('\n'))).toBeUndefined()
    expect([lines[0], ...lines.slice(-2)]).toEqual(['begin', 'all is well', 'ok'])
  },
)

test('what only speaks of a key takes nothing along', () => {
  const lines = ['looks for -----BEGIN PRIVATE KEY----- in files', 'ok', 'src/lib/redact.ts: 3 found', 'done']
  expect(masked(lines)).toEqual(lines)
})

test('a known secret and a token that are split over two lines come through in no half', () => {
  const token = `ghp_${'Ab3dE'.repeat(8)}`
  for (const [secret, whole] of [
    [VALUE, VALUE],
    [token.slice(4), token],
  ] as const) {
    for (let at = 5; at < whole.length - 1; at++) {
      const text = masked([`a ${whole.slice(0, at)}`, `${whole.slice(at)} b`]).join('\n')
      const halves = [secret.slice(0, Math.max(0, at - (whole.length - secret.length))), secret.slice(at - (whole.length - secret.length))]
      for (const half of halves.filter(({ length }) => length >= 12)) expect(leaked(text, half), text).toBeUndefined()
    }
  }
})

test('a stream of JSON is masked by what it says: ids stay, texts go, and what is not secret stays as it was written', () => {
  const plain = '{"type":"assistant",  "session_id":"postgres-1"}'
  const mask = streamMask(createRedactor({ DB_PASSWORD: 'postgres' }))
  expect(mask(plain)).toBe(plain)
  const line = {
    type: 'assistant',
    session_id: 'postgres-1',
    message: { id: 'postgres-2', content: [{ type: 'text', text: 'to postgres' }] },
  }
  expect(JSON.parse(mask(JSON.stringify(line)))).toEqual({
    ...line,
    message: { id: 'postgres-2', content: [{ type: 'text', text: 'to [redacted]' }] },
  })
  const call = {
    type: 'assistant',
    message: { content: [{ type: 'tool_use', id: 'x', input: { id: 'postgres', command: 'psql postgres' } }] },
  }
  expect(mask(JSON.stringify(call))).not.toContain('postgres')
})

test('no way to write a secret in JSON gets it through: escapes, letters as numbers, keys that stand twice, JSON in JSON', () => {
  const token = `ghp_${'Ab3dE'.repeat(8)}`
  const hidden = [
    JSON.stringify({ text: token }).replace('ghp', '\\u0067hp'),
    `{"a":"${token}","a":"x"}`,
    JSON.stringify({ text: JSON.stringify({ text: JSON.stringify({ text: VALUE }) }) }),
    JSON.stringify({ [token]: 1 }),
    JSON.stringify({ content: [{ password: 'tr0ub4dor' }] }),
  ]
  for (const line of hidden) {
    const out = streamMask(redact)(line)
    expect([leaked(out, token.slice(4)), leaked(out, VALUE), leaked(out, 'tr0ub4dor')], out).toEqual([undefined, undefined, undefined])
    expect(() => JSON.parse(out)).not.toThrow()
  }
})

test('a secret that goes over from one text of an agent to the next comes through in neither', () => {
  const mask = streamMask(redact)
  const text = (said: string) => JSON.stringify({ type: 'assistant', message: { content: [{ type: 'text', text: said }] } })
  const out = [mask(text(`It is ${VALUE.slice(0, 10)}`)), mask(text(`${VALUE.slice(10)}.`))].join('\n')
  expect(leaked(out, VALUE)).toBeUndefined()
})

test('of what was cut, the half of a secret is taken off', () => {
  const token = `ghp_${'Ab3dE'.repeat(8)}`
  const line = `${'x '.repeat(3000)}${token.slice(0, 14)} …cut`
  expect(withoutCutEnd(line, ' …cut')).toBe(`${line.slice(0, -(LONGEST_SECRET + 5))} …cut`)
  const end = `${token.slice(8)} ${'y '.repeat(4000)}`
  expect(leaked(maskedEnd(maskShapes, end, { most: 4096, isCut: true }), token)).toBeUndefined()
  expect(maskedEnd(maskShapes, 'short', { most: 4096, isCut: false })).toBe('short')
})

test('of the name of a model only secrets go that are no ordinary words', () => {
  const mask = streamMask(createRedactor({ A_PASSWORD: 'postgres', B_TOKEN: 'kQ7-vT2-xW9' }))
  const told = (model: string) => JSON.parse(mask(JSON.stringify({ type: 'system', subtype: 'init', model })))
  expect(told('postgres-1')).toMatchObject({ subtype: 'init', model: 'postgres-1' })
  expect(told('m kQ7-vT2-xW9')).toMatchObject({ subtype: 'init', model: 'm [redacted]' })
})
