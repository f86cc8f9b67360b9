import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isScalar, parseDocument } from 'yaml'
import { FRONT_MATTER_KEYS } from '../domain/task.ts'
import { isPlainScalar, readPlainHead } from './plain-head.ts'

/** What the YAML parser makes of a block, with the one rule of ours: a number as id stays as written. */
function readWithYaml(block: string): unknown {
  const document = parseDocument(block, { version: '1.2', schema: 'core', strict: true, stringKeys: true, logLevel: 'silent' })
  if (document.errors.length > 0 || document.warnings.length > 0) return document.errors[0]?.message ?? 'warning'
  const id = document.get('id', true)
  if (isScalar(id) && typeof id.value === 'number') document.set('id', id.source)
  return document.toJS() ?? {}
}

const key = fc.oneof(
  { weight: 20, arbitrary: fc.constantFrom(...FRONT_MATTER_KEYS) },
  fc.constantFrom('x-a', 'ID', 'true', 'null', '"id"', '? id', '<<', '...'),
)
const character = fc.constantFrom(...'abtz059 \t:#-_./@+~\'"\\[]{}&*!|>%,`=?$éx\u00a0\u2028\ufeff\u0007🚀')
const value = fc.oneof(
  fc.string({ unit: character, maxLength: 12 }),
  fc.constantFrom(
    'fix',
    'true',
    'No',
    'null',
    '~',
    '0',
    '-0',
    '007',
    '+7',
    '1.50',
    '1.',
    '.5',
    '1e3',
    '1e999',
    '0x1F',
    '0o17',
    '.inf',
    '-.INF',
    '.NaN',
    '1_000',
  ),
  fc.constantFrom(
    '2026-11-20T09:00:00Z',
    '2026-11-20',
    '12:30',
    'http://a:80/b#c',
    'a: b',
    'a :b',
    'a:',
    'a #b',
    'a#b',
    '"a" #b',
    '"a"#b',
    "'it''s'",
    '"\\n"',
  ),
  fc.constantFrom(
    '123456789012345678901',
    '9007199254740993',
    '99999999999999.123456',
    './x',
    '../x',
    '/a/b',
    '~/x',
    'C:\\x',
    '- a',
    '-a',
    '@a',
    '---',
    '...',
  ),
  fc.tuple(fc.constantFrom('"', "'", ''), fc.string({ unit: 'binary-ascii', maxLength: 8 })).map(([mark, text]) => `${mark}${text}${mark}`),
  fc.double().map(String),
  fc.integer().map(String),
)
const gap = fc.constantFrom(' ', ' ', ' ', '  ', '', '\t')
const tail = fc.constantFrom('', '', '', ' ', ' # note', '# note', ' #', '\t', '\t# x')
const line = fc.oneof(
  { weight: 12, arbitrary: fc.tuple(key, gap, value, tail).map(([name, space, text, end]) => `${name}:${space}${text}${end}`) },
  fc.constantFrom('', '# comment', '  # comment', '  - a', '  more', ' ', '\t', '...', '%YAML 1.1'),
)
const block = fc.array(line, { maxLength: 6 }).map((lines) => lines.join('\n'))

test('whatever is read without the YAML parser, the YAML parser reads the same', () => {
  let plain = 0
  fc.assert(
    fc.property(block, (text) => {
      const head = readPlainHead(text)
      if (head === undefined) return
      plain++
      expect(head).toEqual(readWithYaml(text))
    }),
    { numRuns: 5_000 },
  )
  expect(plain).toBeGreaterThan(500)
})

test('the front matter of the common file is read without the YAML parser', () => {
  const text = `# mine
id: fix-login        # a name
type: fix
priority: high
created: 2026-11-20T09:00:00Z
cwd: /srv/my app/x
model: "claude: new"
max_turns: 20

max_budget_usd: 2.50`
  expect(readPlainHead(text)).toEqual({
    id: 'fix-login',
    type: 'fix',
    priority: 'high',
    created: '2026-11-20T09:00:00Z',
    cwd: '/srv/my app/x',
    model: 'claude: new',
    max_turns: 20,
    max_budget_usd: 2.5,
  })
})

describe('what may be more than it looks is left to the YAML parser', () => {
  test.each([
    'id: a\nid: b',
    'id:',
    'tags: [a]',
    'tags:\n  - a',
    'model: a\n  b',
    'cwd: true',
    'x-a: 1',
    'colour: red',
    'model: "a\\n"',
    'model: é',
  ])('%j', (text) => {
    expect(readPlainHead(text)).toBeUndefined()
  })
})

test('a text that is written without quotes is read back as it is', () => {
  fc.assert(
    fc.property(value, (text) => {
      if (isPlainScalar(text)) expect(readWithYaml(`model: ${text}`)).toEqual({ model: text })
    }),
    { numRuns: 2_000 },
  )
  expect(['fix', 'a b', '5', 'true', ' a', '"a"', ''].filter(isPlainScalar)).toEqual(['fix', 'a b'])
})
