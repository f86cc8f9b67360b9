import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ERRORS } from '../domain/errors.ts'
import { FRONT_MATTER_KEYS } from '../domain/task.ts'
import { parseTask } from './parse.ts'

const modified = new Date('2026-11-20T08:00:00Z')
const parse = (text: string, file = 'a-task.task.md') => parseTask({ bytes: Buffer.from(text), file, modified })
const head = (lines: string) => parse(`---\n${lines}\n---\nDo it.`)

test('a whole task file is read', () => {
  const text = `---
id: fix-login-timeout        # the name
type: fix
priority: high
created: 2026-11-20T10:00:00+01:00
tags: [auth, urgent]
timeout: 15m
max_budget_usd: 2.50
allowed_tools: Read
depends_on:
  - set-up
isolation: none
x-team: {name: core}
---

# Fix the login timeout

**Target Files:**
- src/auth/session.ts

**Prompt:**
The session expires after 5 minutes.

**Success Criteria:**
- [ ] the tests pass

**Context:**
Only since release 4.2.
`
  expect(parse(text, 'x.task.md')).toEqual({
    ok: true,
    task: {
      id: 'fix-login-timeout',
      title: 'Fix the login timeout',
      type: 'fix',
      priority: 'high',
      created: '2026-11-20T09:00:00.000Z',
      head: {
        id: 'fix-login-timeout',
        type: 'fix',
        priority: 'high',
        created: '2026-11-20T10:00:00+01:00',
        tags: ['auth', 'urgent'],
        timeout: '15m',
        max_budget_usd: 2.5,
        allowed_tools: ['Read'],
        depends_on: ['set-up'],
        isolation: 'none',
      },
      extras: { 'x-team': { name: 'core' } },
      prompt: 'The session expires after 5 minutes.',
      targetFiles: ['src/auth/session.ts'],
      criteria: ['the tests pass'],
      context: 'Only since release 4.2.',
      structured: true,
      inferred: [],
      warnings: [],
      source: { file: 'x.task.md', sha256: createHash('sha256').update(text).digest('hex') },
    },
  })
})

test('free-form text in Chinese with emoji is a task as a whole', () => {
  const prompt = '修复登录超时 🚀👩‍💻\n\n会话在五分钟后过期。'
  expect(parse(`${prompt}\n`, '修复登录.task.md')).toEqual({
    ok: true,
    task: {
      id: expect.stringMatching(/^task-[\da-f]{8}$/),
      title: '修复登录超时 🚀👩‍💻',
      type: 'task',
      priority: 'medium',
      created: '2026-11-20T08:00:00.000Z',
      head: {},
      extras: {},
      prompt,
      targetFiles: [],
      criteria: [],
      context: undefined,
      structured: false,
      inferred: [],
      warnings: [],
      source: { file: '修复登录.task.md', sha256: expect.stringMatching(/^[\da-f]{64}$/) },
    },
  })
})

describe('unknown keys', () => {
  test('a mistyped key is refused with the nearest known one', () => {
    expect(head('id: a\nmax_budget_use: 5')).toEqual({
      ok: false,
      problem: {
        code: 'unknown_key',
        message: 'line 3: max_budget_use: unknown key, did you mean max_budget_usd?',
        hint: ERRORS.unknown_key.hint,
        line: 3,
      },
    })
  })

  test('all that is wrong with a head is said at once, in the order of the file', () => {
    expect(head('# mine\npriority: urgent\ntimeout: 0s\n5: red\ntags: {a: 1}\nimage: node\nisolation: docker')).toEqual({
      ok: false,
      problem: {
        code: 'bad_value',
        message: [
          'line 3: priority: expected high, medium or low, found "urgent"',
          'line 4: timeout: expected seconds or a duration such as 90s, 15m or 2h, at most 168h, found "0s"',
          'line 5: 5: unknown key',
          'line 6: tags: expected a text or a list of texts, found "{\\"a\\":1}"',
          'line 7: image: this version cannot do that yet',
          'line 8: isolation: docker: this version cannot do that yet',
        ].join('; '),
        hint: ERRORS.bad_value.hint,
        line: 3,
      },
    })
  })

  test('a head with nothing but unknown keys names ten of them', () => {
    const keys = Array.from({ length: 25 }, (_, index) => `q${index}: 1`).join('\n')
    expect(head(keys)).toMatchObject({
      problem: { code: 'unknown_key', message: expect.stringMatching(/; line 11: q9: unknown key; and 15 more$/) },
    })
  })

  test.each(['__proto__: {a: 1}', 'constructor: 1', 'toString: 1'])('%s is an unknown key', (line) => {
    expect(head(line)).toMatchObject({ ok: false, problem: { code: 'unknown_key', line: 2 } })
  })
})

describe('values', () => {
  test.each([
    ['id: ../x', 'id: expected letters, digits'],
    ['id: [a]', 'id: expected letters, digits'],
    [`id: ${'a'.repeat(101)}`, 'at most 100'],
    ['type: 5', 'type: expected one word'],
    ['created: yesterday', 'created: expected an ISO 8601 time'],
    ['created: 2026-13-45', 'created: expected an ISO 8601 time'],
    ['cwd:', 'cwd: expected text, found nothing'],
    ['cwd: 5', 'cwd: expected text, found "5"'],
    ['timeout: soon', 'timeout: expected seconds or a duration'],
    ['timeout: 0s', 'timeout: expected seconds or a duration'],
    ['timeout: 169h', 'at most 168h, found "169h"'],
    ['max_turns: 1.5', 'max_turns: expected a whole number, 0 or more, found "1.5"'],
    ['max_turns: "5"', 'max_turns: expected a whole number'],
    ['max_budget_usd: 0', 'max_budget_usd: expected a number above 0'],
    ['max_budget_usd: .inf', 'found "Infinity"'],
    ['retries: -1', 'retries: expected a whole number from 0 to 100'],
    ['depends_on: [1]', 'depends_on: expected a text or a list of texts'],
    ['not_before: 5m', 'not_before: expected an ISO 8601 time'],
    ['isolation: {toString: 1}', 'found "{\\"toString\\":1}"'],
    ['isolation: vm', 'isolation: expected none, worktree or docker'],
  ])('%s is refused with what is expected', (line, message) => {
    expect(head(`\n${line}`)).toMatchObject({
      ok: false,
      problem: { code: 'bad_value', line: 3, message: expect.stringContaining(message) },
    })
  })

  test.each(['id: 007', "id: '007'", 'id: "007"'])('%s keeps its digits', (line) => {
    expect(head(line)).toMatchObject({ ok: true, task: { id: '007' } })
  })
})

test.each(['image: node', 'isolation: worktree', 'isolation: docker'])('%s asks for what this version cannot do', (line) => {
  expect(head(line)).toMatchObject({
    ok: false,
    problem: { code: 'unsupported_key', line: 2, message: expect.stringContaining('this version cannot do that yet') },
  })
})

test('every other key is understood', () => {
  const values: Record<string, string> = {
    created: '2026-11-20',
    not_before: '2026-11-20T09:00:00Z',
    priority: 'low',
    timeout: '90',
    isolation: 'none',
    max_turns: '0',
    max_budget_usd: '5',
    retries: '0',
    fix_attempts: '2',
  }
  const keys = FRONT_MATTER_KEYS.filter((key) => !['image'].includes(key))
  const result = head(keys.map((key) => `${key}: ${values[key] ?? 'some'}`).join('\n'))
  expect(result.ok && Object.keys(result.task.head)).toEqual(keys)
})

describe('contents that are no task', () => {
  test.each([
    ['an empty file', '', 'empty_file'],
    ['front matter alone', '---\nid: a\n---\n\n', 'no_prompt'],
    ['an empty Prompt section', '# Title\n\n**Prompt:**\n\n**Context:** c', 'no_prompt'],
    ['bad YAML', '---\nid: [\n---\nb', 'bad_yaml'],
    ['an alias of nothing', '---\nx-b: *a\n---\nb', 'bad_yaml'],
    ['JavaScript', '---js\nprocess.exit(1)\n---\nb', 'front_matter_language'],
    ['a NUL byte', 'a\0', 'nul_byte'],
    ['2 MiB', 'x'.repeat(2 << 20), 'too_large'],
  ])('%s is refused', (_, text, code) => {
    expect(parse(text)).toMatchObject({ ok: false, problem: { code } })
  })

  test('what is not UTF-8 is refused with its place', () => {
    expect(parseTask({ bytes: Buffer.from('gr\u00fcn', 'latin1'), file: 'a.task.md', modified })).toMatchObject({
      problem: { code: 'not_utf8', line: 1, column: 3 },
    })
  })

  test('the line of a missing prompt is that of the body', () => {
    expect(parse('---\nid: a\n---\n')).toMatchObject({ problem: { message: 'line 4: there is nothing below the front matter', line: 4 } })
  })
})

test('no bytes make the reading throw', () => {
  const token = fc.constantFrom(
    '---\n',
    '\n',
    'id: ',
    'x-a: ',
    '- ',
    '? ',
    ': ',
    '{',
    '[',
    ']',
    '}',
    '&a ',
    '*a',
    '!!x ',
    '"',
    "'",
    '|',
    '>',
    '  ',
    '\t',
    '#',
    '%',
    '@',
    '`',
    'a',
  )
  fc.assert(
    fc.property(
      fc.oneof(
        fc.array(token).map((tokens) => Buffer.from(`---\n${tokens.join('')}\n---\nx`)),
        fc.uint8Array(),
      ),
      (bytes) => {
        expect(typeof parseTask({ bytes, file: 'a.task.md', modified }).ok).toBe('boolean')
      },
    ),
    { numRuns: 1_000 },
  )
})

test.each(['[', '{a: ', '- ', '? ', '!!seq [', '[{a: '])('values that nest without end (%s) are refused', (opening) => {
  for (const depth of [120, 400, 800, 1_600, 2_000]) {
    const closing = opening === '[' ? ']'.repeat(depth) : ''
    expect(head(`x-a:\n  ${opening.repeat(depth)}${closing}`)).toMatchObject({ ok: false, problem: { code: 'bad_yaml' } })
  }
})

test('a body of signs is titled with the id', () => {
  expect(parse('# \n## \n', 'rules.task.md')).toMatchObject({ ok: true, task: { id: 'rules' } })
})

test('a check that is not closed at the end of its criterion is a warning that names the line', () => {
  const text = [
    ...['---', 'type: fix', '---', '', '**Prompt:**', 'Close (verify: npm test', '', '**Success Criteria:**'],
    ...[
      '- the tests pass (verify: npm test',
      '- the types are sound',
      '  (verify: npx tsc',
      '  --noEmit',
      '- it is fast (verify: npm run bench) everywhere',
    ],
    ...['- closed (verify: echo "(")', '- ended (verify: true).', '- says `(verify: x` as code', '- plain'],
  ].join('\n')
  const parsed = parse(text)
  const warning = (line: number, criterion: string) =>
    `The check on line ${line} is not run: it must be closed by ")" at the end of its criterion, "${criterion}".`
  expect(parsed.ok && parsed.task.warnings).toEqual([
    warning(9, 'the tests pass (verify: npm test'),
    warning(11, 'the types are sound (verify: npx tsc --noEmit'),
    warning(13, 'it is fast (verify: npm run bench) everywhere'),
  ])
})

test('an empty text in a list is refused with its place in the list and what to do', () => {
  const refused = (verify: string) => {
    const read = head(`verify: ${verify}`)
    return read.ok ? undefined : read.problem.message
  }
  const empty = (item: number) => `line 2: verify: item ${item} of the list is empty; fill it in, or take it out ([] is a list of nothing)`
  expect([refused('[""]'), refused('[npm test, " "]'), refused('[~]')]).toEqual([empty(1), empty(2), empty(1)])
  expect(refused('')).toBe('line 2: verify: expected a shell command, a list of them, or [] for none, found nothing')
})
