import fc from 'fast-check'
import { expect, test } from 'vitest'
import { composeTask, type NewTask } from './compose.ts'
import { parseTask } from './parse.ts'

const modified = new Date('2026-11-20T08:00:00Z')

function readBack(task: NewTask) {
  const text = composeTask(task)
  const result = parseTask({ bytes: Buffer.from(text), file: 'new.task.md', modified })
  if (!result.ok) throw new Error(`${result.problem.message}\n${text}`)
  return result.task
}

test('a bare prompt stays bare', () => {
  expect(composeTask({ prompt: 'Fix the login.', priority: 'high', created: '2026-11-20T09:00:00Z', tags: ['a', 'b: c'], cwd: '5' })).toBe(
    '---\npriority: high\ncreated: 2026-11-20T09:00:00Z\ntags: ["a","b: c"]\ncwd: "5"\n---\n\nFix the login.\n',
  )
})

test('files, criteria and context become sections', () => {
  const task = { prompt: 'Fix it.', title: 'Login', targetFiles: ['src/a.ts', 'b c.ts'], criteria: ['tests pass'], context: 'Since 4.2.' }
  expect(composeTask({ id: 'login', ...task })).toBe(
    '---\nid: login\n---\n\n# Login\n\n**Target Files:**\n- src/a.ts\n- `b c.ts`\n\n**Prompt:**\nFix it.\n\n**Success Criteria:**\n- [ ] tests pass\n\n**Context:**\nSince 4.2.\n',
  )
  expect(readBack({ id: 'login', ...task })).toMatchObject({ id: 'login', ...task, structured: true })
})

test('a prompt that reads like sections is fenced', () => {
  const prompt = 'Write a template:\n\n**Prompt:**\n```\nx\n```'
  expect(composeTask({ prompt })).toBe(`---\n---\n\n**Prompt:**\n\`\`\`\`verbatim\n${prompt}\n\`\`\`\`\n`)
  expect(readBack({ prompt }).prompt).toBe(prompt)
})

test('a slash, a dash, a rule and a lone heading reach the task as they are', () => {
  for (const prompt of ['/compact', '--help', '---\nid: x\n---\ny', '# Title', '## Prompt', '\uFEFFx', '- [ ] x', '    code']) {
    expect(readBack({ prompt }).prompt).toBe(prompt)
  }
})

test('what a file cannot hold is written as near to it as can be', () => {
  expect(readBack({ prompt: 'a\0b\ud800c\r\nd\re' }).prompt).toBe('a\uFFFDb\uFFFDc\nd\ne')
  expect(readBack({ prompt: 'p', title: 'two\nlines', criteria: ['a\n- b', ' '] })).toMatchObject({
    title: 'two lines',
    criteria: ['a - b'],
  })
})

const piece = fc.oneof(
  fc.constantFrom(
    '---',
    '----',
    '**Prompt:**',
    '**Prompt:** inline',
    '## Prompt',
    '# Context',
    '__Success Criteria__:',
    '**Target Files:**',
    '# Heading',
    '#',
  ),
  fc.constantFrom(
    '```',
    '````',
    '~~~',
    '```js',
    '```verbatim',
    '- ```',
    '  ```',
    '`code`',
    '    indented',
    '- item',
    '- [ ] box',
    '1. one',
    '--flag',
    '/slash',
    '@file',
  ),
  fc.constantFrom(
    '修复登录超时',
    '🚀👩‍💻',
    'é',
    'plain words',
    '',
    '',
    ' ',
    '\t',
    'trailing  ',
    'key: value',
    '{{x}}',
    '\u2028',
    '\u00a0',
    '\uFEFF',
    '\u0007',
  ),
  fc.string({ unit: 'grapheme', maxLength: 10 }),
)
const prose = fc
  .tuple(fc.array(piece, { minLength: 1, maxLength: 9 }), fc.constantFrom('\n', '\r\n'))
  .map(([lines, end]) => lines.join(end))
const prompt = prose.filter((text) => text.replaceAll('\0', '').trim() !== '')
const oneLiner = fc.oneof(
  fc.constantFrom('src/a.ts', '修复 🚀.ts', 'the tests pass', '[x] y', '- z', '# h', '**Prompt:**', '```', 'C:\\x\\y'),
  fc.string({ unit: 'grapheme-ascii' }),
)
const item = oneLiner.map((text) => text.replace(/\s+/g, ' ').trim()).filter((text) => /^[^`]+$|^```$/.test(text))
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined })
const word = fc.stringMatching(/^[A-Za-z][\w.-]{0,20}$/)
const text = fc
  .string({ unit: 'grapheme', minLength: 1 })
  .map((value) => value.trim())
  .filter((value) => value !== '')

/** A text of several lines as a file gives it back. */
const settled = (value: string) => {
  const lines = value.replace(/\r\n?/g, '\n').split('\n')
  const isWritten = (written: string) => written.trim() !== ''
  return lines.slice(Math.max(0, lines.findIndex(isWritten)), lines.findLastIndex(isWritten) + 1).join('\n')
}

test('every task is read back as it was composed', () => {
  const task = fc.record({
    prompt,
    title: optional(fc.constantFrom('Fix the login', '修复登录 🚀', 'C# & **bold**', 'a: b')),
    targetFiles: optional(fc.array(item, { maxLength: 3 })),
    criteria: optional(fc.array(item, { maxLength: 3 })),
    context: optional(prose),
    id: optional(fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,30}$/)),
    type: optional(word),
    priority: optional(fc.constantFrom('high', 'medium', 'low')),
    cwd: optional(text),
    model: optional(text),
    tags: optional(fc.array(text, { maxLength: 3 })),
    timeout: optional(fc.constantFrom(90, '15m', '2 h')),
    origin: optional(fc.constant('telegram:-12:34')),
  })
  fc.assert(
    fc.property(task, ({ prompt, title, targetFiles, criteria, context, ...head }) => {
      const written = Object.fromEntries(Object.entries(head).filter(([, value]) => value !== undefined))
      expect(readBack({ prompt, title, targetFiles, criteria, context, ...head })).toMatchObject({
        prompt: settled(prompt),
        head: written,
        targetFiles: targetFiles ?? [],
        criteria: criteria ?? [],
        context: settled(context ?? '') || undefined,
        ...(title === undefined ? {} : { title }),
      })
    }),
    { numRuns: 1_500 },
  )
})
