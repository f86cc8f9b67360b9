import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readHead } from './head.ts'
import { parseTask } from './parse.ts'

const modified = new Date('2026-11-20T08:00:00Z')
const head = (text: string, file = 'a.task.md') => readHead(Buffer.from(text), file, modified)

test('what ordering needs is read, times in UTC', () => {
  const text = '---\nid: b\ntype: fix\npriority: low\ncreated: 2026-11-20T10:00:00+01:00\ndepends_on: [a, c]\ncwd: ../x\n---\nDo it.'
  const front = { id: 'b', type: 'fix', priority: 'low', created: '2026-11-20T10:00:00+01:00', depends_on: ['a', 'c'], cwd: '../x' }
  expect(head(text)).toEqual({
    ok: true,
    task: { id: 'b', type: 'fix', priority: 'low', created: '2026-11-20T09:00:00.000Z', head: front },
  })
})

test('what is not written has its default', () => {
  expect(head('Do it.', 'do it.task.md')).toEqual({
    ok: true,
    task: { id: 'do-it', type: 'task', priority: 'medium', created: modified.toISOString(), head: {} },
  })
})

test('what is no task is noticed, be it for its head or its body', () => {
  expect(head('---\nid: a\n---\n')).toEqual({ ok: false, problem: undefined })
  expect(head('---\nid: ../a\n---\nx')).toMatchObject({ ok: false, problem: { code: 'bad_value', line: 2 } })
  expect(head('---\nid: a\n---\n\0')).toMatchObject({ ok: false, problem: { code: 'nul_byte' } })
})

const bodyLine = fc.constantFrom(
  '**Prompt:**',
  '## Prompt',
  '# Title',
  '**Context:**',
  '```',
  '~~~',
  '- ```',
  'Words.',
  ' words',
  '- item',
  '',
  '**',
)

test('a prompt is seen where there is one, and nowhere else', () => {
  fc.assert(
    fc.property(fc.array(bodyLine, { maxLength: 7 }), (lines) => {
      const text = `---\nid: a\n---\n${lines.join('\n')}`
      expect(head(text).ok).toBe(parseTask({ bytes: Buffer.from(text), file: 'a.task.md', modified }).ok)
    }),
    { numRuns: 1000 },
  )
})

const line = fc.oneof(
  fc.constantFrom(
    'id: a',
    'id: 007',
    'id: ../x',
    'type: fix',
    'type: 5',
    'priority: high # now',
    'priority: urgent',
    'x-a: [1]',
    'cwd: "a b"',
  ),
  fc.constantFrom(
    'created: 2026-11-20',
    'created: soon',
    'not_before: 2027-01-01T00:00:00Z',
    'depends_on: a',
    'depends_on: [a, b]',
    'depends_on:\n  - a',
  ),
  fc.constantFrom('timeout: 5m', 'timeout: 0', 'colour: red', 'verify: x', '# note', '', 'tags: [', 'model: a: b', '__proto__: 1'),
)

test('the queue and the run see the same task, or the same problem', () => {
  fc.assert(
    fc.property(fc.array(line, { maxLength: 5 }), fc.constantFrom('a.task.md', 'ä b.task.md'), (lines, file) => {
      const bytes = Buffer.from(`---\n${lines.join('\n')}\n---\nDo it.`)
      const seen = readHead(bytes, file, modified)
      const run = parseTask({ bytes, file, modified })
      if (!run.ok) {
        expect(seen).toEqual(run)
        return
      }
      const { id, type, priority, created, head: front } = run.task
      expect(seen).toEqual({ ok: true, task: { id, type, priority, created, head: front } })
    }),
  )
})
