import { afterEach, expect, test } from 'vitest'
import { readDocument } from './front-matter.ts'

const read = (text: string | Uint8Array) => readDocument(typeof text === 'string' ? Buffer.from(text) : text)

function documentOf(text: string) {
  const result = read(text)
  if (!result.ok) throw new Error(result.problem.message)
  const { head, body, bodyLine } = result.value
  return { head, body, bodyLine }
}

function problemOf(text: string | Uint8Array) {
  const result = read(text)
  return result.ok ? undefined : result.problem
}

afterEach(() => {
  Reflect.deleteProperty(globalThis, 'taskFileRan')
})

test('front matter, body and the line of the body are told apart', () => {
  expect(documentOf('---\nid: a\ntags: [x, "y"]\n---\nDo it.\n')).toEqual({
    head: { id: 'a', tags: ['x', 'y'] },
    body: 'Do it.\n',
    bodyLine: 5,
  })
})

test.each([
  ['a byte order mark', '\uFEFF---\nid: a\n---\nb'],
  ['CRLF', '---\r\nid: a\r\n---\r\nb'],
  ['CR alone', '---\rid: a\r---\rb'],
  ['blanks behind the dashes', '--- \t\nid: a\n---  \nb'],
])('%s changes nothing', (_, text) => {
  expect(documentOf(text)).toEqual({ head: { id: 'a' }, body: 'b', bodyLine: 4 })
})

test('blank lines above the front matter do not turn it into text', () => {
  expect(documentOf('\n  \n---\nid: a\n---\nb')).toEqual({ head: { id: 'a' }, body: 'b', bodyLine: 6 })
})

test.each(['Do it.\n---\nid: a\n---\n', '----\nid: a\n---\n', '- - -\nx', '# Title\n'])(
  'text that does not begin with three dashes is all body',
  (text) => {
    expect(documentOf(text)).toEqual({ head: {}, body: text, bodyLine: 1 })
  },
)

test.each([
  ['---\n---\nb', 3],
  ['---\n\n---\nb', 4],
  ['---\n# nothing\n\n---\nb', 5],
])('empty front matter is none', (text, bodyLine) => {
  expect(documentOf(text)).toEqual({ head: {}, body: 'b', bodyLine })
})

test('only the first closing dashes close the front matter', () => {
  expect(documentOf('---\nid: a\n---\nb\n---\nc: d\n---\n').body).toBe('b\n---\nc: d\n---\n')
})

test.each(['js', 'JS', ' js', 'javascript', 'coffee', 'json', 'toml', 'yaml', 'constructor', '__proto__', 'toString'])(
  'front matter in the language "%s" is refused and not run',
  (language) => {
    expect(problemOf(`---${language}\nglobalThis.taskFileRan = 1\n---\nb`)).toMatchObject({
      code: 'front_matter_language',
      line: 1,
      message: expect.stringContaining(`not with "---${language}"`),
    })
    expect(Reflect.has(globalThis, 'taskFileRan')).toBe(false)
  },
)

test.each(['---', '---\nid: a\nbody', '---\nid: a\n----\n'])('front matter without an end is refused', (text) => {
  expect(problemOf(text)).toMatchObject({ code: 'front_matter_unclosed', line: 1 })
})

test.each([
  ['a broken flow', 'id: a\ntags: [1,\nb: }', { line: 4, column: 1 }, 'Flow sequence'],
  ['a duplicate key', 'id: a\ntype: x\nid: b', { line: 4, column: 1 }, 'unique: "id: b"'],
  ['a tab as indentation', 'x-a:\n\tb: 1', { line: 3, column: 1 }, 'Tabs'],
  ['an unknown tag', 'x-a: !!js/function "x"', { line: 2, column: 6 }, 'Unresolved tag'],
  ['an alias of what is not there', 'x-a: [1]\nx-b: *a', { line: 3, column: 6 }, 'an alias of what is not there'],
  ['an alias of itself', 'x-a: &a [*a]', { line: 2, column: 10 }, 'an alias of what holds an alias'],
  ['an alias of aliases', 'x-a: &a [1]\nx-b: &b [*a]\nx-c: *b', { line: 4, column: 6 }, 'an alias of what holds an alias'],
  ['one alias too many', `x-a: &a 1\nx-b: [${Array(21).fill('*a').join(', ')}]`, { line: 3 }, 'more than 20 aliases'],
  ['a key that is not text', '? [a]\n: b', { line: 2, column: 3 }, 'keys must be strings'],
  ['a list', '- a', { line: 2, column: 1 }, '"key: value" lines'],
  ['plain text', 'Fix the login.', { line: 2, column: 1 }, '"key: value" lines'],
  ['a second document', 'id: a\n...\nb: c', { line: 4, column: 1 }, 'multiple documents'],
  ['a line that begins with dashes', 'x-a: "\n---b"', { line: 3, column: 1 }, 'may not begin with ---'],
  ['a control character', 'cwd: "a\u001b[2J"', { line: 2, column: 8 }, 'control character'],
  ['nesting without end', `x-a: ${'['.repeat(7_000)}${']'.repeat(7_000)}`, { line: 2 }, ''],
])('%s is refused with its place in the file', (_, block, at, message) => {
  expect(problemOf(`---\n${block}\n---\nb`)).toMatchObject({ code: 'bad_yaml', ...at, message: expect.stringContaining(message) })
})

test('the place counts from the first line of the file, whatever the line ends', () => {
  expect(problemOf('\uFEFF\r\n---\r\nid: a\r\nid: b\r\n---\r\nx')).toMatchObject({
    code: 'bad_yaml',
    line: 4,
    column: 1,
    message: 'line 4, column 1: Map keys must be unique: "id: b"',
  })
})

test('malformed front matter is refused every time it is read', () => {
  const text = '---\na: [1,\nb: }\n---\nx'
  expect(problemOf(text)).toEqual(problemOf(text))
  expect(problemOf(text)).toMatchObject({ code: 'bad_yaml' })
})

test('an alias stands for the value that it names', () => {
  const { head } = documentOf('---\nx-a: &files [a.ts, b.ts]\nx-b: { also: *files }\ntype: &kind fix\ntags: [*kind]\n---\nb')
  expect(head).toEqual({ 'x-a': ['a.ts', 'b.ts'], 'x-b': { also: ['a.ts', 'b.ts'] }, type: 'fix', tags: ['fix'] })
})

test('an alias bomb is refused at once', () => {
  const rows = Array.from({ length: 20 }, (_, row) => `x-${row + 1}: &b${row + 1} [${Array(9).fill(`*b${row}`).join(', ')}]`)
  expect(problemOf(`---\nx-0: &b0 [lol]\n${rows.join('\n')}\n---\nb`)).toMatchObject({ code: 'bad_yaml', line: 4, column: 11 })
})

test('keys that reach into prototypes are plain keys', () => {
  const { head } = documentOf('---\n__proto__: {polluted: 1}\nx-a: {__proto__: {polluted: 1}}\n---\nb')
  expect(Object.keys(head)).toEqual(['__proto__', 'x-a'])
  expect(Reflect.get({}, 'polluted')).toBeUndefined()
  expect(Reflect.get(head, 'polluted')).toBeUndefined()
})

test('values are those of the YAML 1.2 core schema, and ids keep their digits', () => {
  const block = 'id: 007\nx-a: yes\nx-b: 2026-11-20\nx-c: 0o17\nx-d: ~\nx-e: 1:30\nx-f: <<'
  expect(documentOf(`---\n${block}\n---\nb`).head).toEqual({
    id: '007',
    'x-a': 'yes',
    'x-b': '2026-11-20',
    'x-c': 15,
    'x-d': null,
    'x-e': '1:30',
    'x-f': '<<',
  })
})

test('two readings share nothing', () => {
  const [first, second] = [documentOf('---\ntags: [a]\n---\nb'), documentOf('---\ntags: [a]\n---\nb')]
  expect(first.head).not.toBe(second.head)
  expect(first.head.tags).not.toBe(second.head.tags)
})

test('a file of 1 MiB is read, and one byte more is refused', () => {
  expect(read('x'.repeat(1 << 20)).ok).toBe(true)
  expect(problemOf('x'.repeat((1 << 20) + 1))).toMatchObject({ code: 'too_large', message: expect.stringContaining('1048577') })
  expect(problemOf(Buffer.alloc(2 << 20, 'x'))).toMatchObject({ code: 'too_large' })
})

test('front matter over 16 KiB is refused', () => {
  const block = (size: number) => `---\nx-a: ${'é'.repeat((size - 5) / 2)}\n---\nb`
  expect(read(block(16_383)).ok).toBe(true)
  expect(problemOf(block(16_387))).toMatchObject({ code: 'too_large', line: 1 })
})

test.each([
  ['a stray byte', Buffer.concat([Buffer.from('---\nid: é'), Buffer.from([0xff]), Buffer.from('\n---\n')]), { line: 2, column: 6 }, '0xff'],
  ['a cut sequence', Buffer.concat([Buffer.from('\uFEFFa\r\nb\uFFFD'), Buffer.from([0xe4, 0xbd, 0x41])]), { line: 2, column: 3 }, '0xe4'],
  ['a cut end', Buffer.from('é').subarray(0, 1), { line: 1, column: 1 }, '0xc3'],
  ['Latin-1', Buffer.from('gr\u00fcn', 'latin1'), { line: 1, column: 3 }, '0xfc'],
  ['UTF-16', Buffer.from('\uFEFFid', 'utf16le'), { line: 1, column: 1 }, 'UTF-16'],
])('%s is not UTF-8 and is refused with its place', (_, bytes, at, message) => {
  expect(problemOf(bytes)).toMatchObject({ code: 'not_utf8', ...at, message: expect.stringContaining(message) })
})

test('a NUL byte is refused with its place', () => {
  expect(problemOf('---\nid: a\n---\nab\0c')).toMatchObject({ code: 'nul_byte', line: 4, column: 3 })
})

test.each(['', ' \r\n\t\n', '\uFEFF'])('a file of nothing but blanks is empty', (text) => {
  expect(problemOf(text)).toMatchObject({ code: 'empty_file' })
})
