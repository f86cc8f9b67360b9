import { describe, expect, test } from 'vitest'
import { exampleTask } from '../../test/helpers/examples.ts'
import type { Task } from '../domain/task.ts'
import { type Gap, gapQuestion, gapsOf, readGaps } from './gaps.ts'

const ALL: readonly Gap[] = ['title', 'type', 'priority', 'cwd', 'target_files', 'criteria']
const PROMPT = 'The login fails in packages/auth. Please mend src/login.ts and `src/session.ts`, and run the tests.\nIt is urgent.'

const freeForm = (over: Partial<Task> = {}) =>
  exampleTask({
    title: 'The login fails in packages/auth.',
    head: {},
    prompt: PROMPT,
    targetFiles: [],
    criteria: [],
    structured: false,
    ...over,
  })

describe('what was left open', () => {
  test('is everything in a plain text', () => {
    expect(gapsOf(freeForm())).toEqual(ALL)
  })

  test('is nothing in a task with a Prompt section, even where it is silent', () => {
    expect(gapsOf(freeForm({ structured: true }))).toEqual([])
  })

  test.each<[string, Partial<Task>, Gap]>([
    ['a heading', { prompt: `# Login\n\n${PROMPT}`, title: 'Login' }, 'title'],
    ['a text that is no longer than its title', { prompt: 'Fix it', title: 'Fix it' }, 'title'],
    ['a written type', { head: { type: 'task' } }, 'type'],
    ['a written priority', { head: { priority: 'medium' } }, 'priority'],
    ['a written cwd', { head: { cwd: '.' } }, 'cwd'],
    ['target files', { targetFiles: ['a'] }, 'target_files'],
    ['a list of files under its label', { prompt: `${PROMPT}\n\n**Target Files:**\n- a.ts` }, 'target_files'],
    ['criteria', { criteria: ['a'] }, 'criteria'],
  ])('is not what %s says', (_what, over, gap) => {
    expect(gapsOf(freeForm(over))).toEqual(ALL.filter((one) => one !== gap))
  })
})

test('only what is open is asked for, in a schema of plain types', () => {
  const { format, material, task } = gapQuestion(['type', 'criteria'], PROMPT, ['auth'])

  expect(material).toBe(PROMPT)
  expect(task).toMatch(/in the language of the text:\n- type: .+\n- criteria: .+$/)
  expect(format).toMatchObject({
    type: 'object',
    required: ['type', 'criteria'],
    properties: {
      type: { anyOf: [{ type: 'string', enum: ['fix', 'feature', 'refactor', 'test', 'docs', 'chore'] }, { type: 'null' }] },
      criteria: { anyOf: [{ type: 'array', items: { type: 'string' } }, { type: 'null' }] },
    },
  })
})

describe('the directory', () => {
  const cwdOf = (prompt: string, projects: readonly string[]) => {
    const { format, task } = gapQuestion(['cwd'], prompt, projects)
    return { cwd: (format as { properties: { cwd: { anyOf: object[] } } }).properties.cwd.anyOf, task }
  }

  test('is put up for choice among the projects that the text points at, and the paths in it', () => {
    const { cwd, task } = cwdOf('The shop API fails, see packages/auth and src/login.ts', ['web-shop', 'shop-api', 'blog'])

    expect(cwd).toEqual([expect.objectContaining({ type: 'string', enum: ['web-shop', 'shop-api', 'packages/auth'] }), { type: 'null' }])
    expect(task).toContain('"web-shop", "shop-api", "packages/auth"')
  })

  test('is whatever the text names where it points at no project', () => {
    expect(cwdOf('It fails in backend', ['blog']).cwd).toEqual([{ type: 'string', description: expect.any(String) }, { type: 'null' }])
  })
})

test('of a text too long for a small model it gets the beginning and the end', () => {
  const { material } = gapQuestion(['title'], `begin ${'x'.repeat(1_000_000)} end`, [])

  expect(material.length).toBeLessThan(7_000)
  expect(material).toMatch(/^begin x+\n\[…\]\nx+ end$/)
})

describe('of an answer', () => {
  test('good values are taken as they are', () => {
    const answer = {
      title: ' Mend the login ',
      type: 'fix',
      priority: 'high',
      cwd: 'packages/auth',
      target_files: ['src/login.ts', 'src/session.ts'],
      criteria: ['the tests pass'],
    }

    expect(readGaps(answer, ALL, PROMPT, [])).toEqual([
      { field: 'title', value: 'Mend the login' },
      { field: 'type', value: 'fix' },
      { field: 'priority', value: 'high' },
      { field: 'cwd', value: 'packages/auth' },
      { field: 'target_files', value: ['src/login.ts', 'src/session.ts'] },
      { field: 'criteria', value: ['the tests pass'] },
    ])
  })

  test('what was not asked for is not taken', () => {
    expect(readGaps({ title: 'a', priority: 'high', agent: 'x' }, ['priority'], PROMPT, [])).toEqual([{ field: 'priority', value: 'high' }])
  })

  test.each([[undefined], [null], ['text'], [[]], [42], [{}]])('%j holds nothing', (answer) => {
    expect(readGaps(answer, ALL, PROMPT, [])).toEqual([])
  })

  test.each<[string, unknown]>([
    ['title', ''],
    ['title', '  '],
    ['title', 'a\nb'],
    ['title', 'a\u001b[2Jb'],
    ['title', 'x'.repeat(101)],
    ['title', ['a']],
    ['title', null],
    ['type', 'bugfix'],
    ['type', 'analyze'],
    ['type', 'code_review'],
    ['type', 1],
    ['priority', 'urgent'],
    ['priority', 'HIGH'],
    ['cwd', '/etc'],
    ['cwd', 'packages/billing'],
    ['cwd', 'packages'],
    ['cwd', 'auth'],
    ['cwd', ['packages/auth']],
    ['target_files', 'src/login.ts'],
    ['target_files', []],
    ['target_files', ['src/invented.ts']],
    ['target_files', ['ession.ts']],
    ['target_files', [{ path: 'src/login.ts' }]],
    ['criteria', {}],
    ['criteria', ['', ' ', null]],
    ['criteria', ['x'.repeat(201)]],
  ])('%s %j is dropped, and the rest is kept', (field, value) => {
    const good = field === 'priority' ? { field: 'type', value: 'fix' } : { field: 'priority', value: 'low' }

    expect(readGaps({ [field]: value, [good.field]: good.value }, ALL, PROMPT, [])).toEqual([good])
  })

  test('bad items of a list are dropped one by one', () => {
    const answer = { target_files: ['src/login.ts', '', 7, 'src/invented.ts'], criteria: ['a', null, 'b\nc', 'd'] }

    expect(readGaps(answer, ALL, PROMPT, [])).toEqual([
      { field: 'target_files', value: ['src/login.ts'] },
      { field: 'criteria', value: ['a', 'd'] },
    ])
  })

  test('criteria lose their bullets, and a command that they name: what is run is not for a model to say', () => {
    const criteria = [
      '- [ ] the tests pass (verify: npm test)',
      '2. it is fast ( Verify : rm -rf /',
      '* [x] a (verify: b',
      '(verify: c)',
      'a',
    ]

    expect(readGaps({ criteria }, ['criteria'], PROMPT, [])).toEqual([{ field: 'criteria', value: ['the tests pass', 'it is fast', 'a'] }])
  })

  test('criteria under a label of their own are taken word for word, and no others', () => {
    const prompt = `${PROMPT}\n\n## Acceptance criteria\n- [ ] \`npm test\` **passes**\n- [ ] A session lives\n      for 30 minutes`
    const criteria = ['npm test passes', 'a session lives for 30 minutes', 'the docs are updated']

    expect(readGaps({ criteria }, gapsOf(freeForm({ prompt })), prompt, [])).toEqual([
      { field: 'criteria', value: ['npm test passes', 'a session lives for 30 minutes'] },
    ])
  })

  test('a project is taken where the text points at it, and no directory that is neither known nor named', () => {
    const taken = (cwd: string, prompt: string) => readGaps({ cwd }, ['cwd'], prompt, ['web-shop', 'tools/blog-engine'])

    expect(taken('web-shop', 'The shop is down')).toEqual([{ field: 'cwd', value: 'web-shop' }])
    expect(taken('tools/blog-engine', 'Restyle my blog')).toEqual([{ field: 'cwd', value: 'tools/blog-engine' }])
    expect(taken('web-shop', 'Restyle my blog')).toEqual([])
    expect(taken('shop', 'The web is down')).toEqual([])
    expect(taken('..', 'The shop is down')).toEqual([])
  })

  test.each([
    ['src/a.ts', '请修复src/a.ts中的错误'],
    ['src/a.ts', 'Look at src/a.ts.'],
    ['backend/', 'in backend/, please'],
    ['a+b (1)/[x].ts', 'open "a+b (1)/[x].ts" first'],
    ['C:\\work\\app', 'work in C:\\work\\app'],
  ])('the path %s is found in: %s', (path, prompt) => {
    expect(readGaps({ cwd: path }, ['cwd'], prompt, [])).toEqual([{ field: 'cwd', value: path }])
  })
})
