import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { loadConfig } from './load.ts'
import { describeProblem } from './problem.ts'

let home: string

beforeEach(async () => {
  home = await realpath(await mkdtemp(join(tmpdir(), 'config-')))
  await mkdir(join(home, 'config'))
})

afterEach(() => rm(home, { recursive: true }))

/** The commands by type, or the problems of the configuration. */
async function read(env: Record<string, string> = {}) {
  const outcome = await loadConfig({ home, env })
  return outcome.ok ? outcome.config.settings.VERIFY_DEFAULT : outcome.problems.map(describeProblem)
}

const writeYaml = (...lines: readonly string[]) => writeFile(join(home, 'config', 'orchestrator.yaml'), lines.join('\n'))

describe('VERIFY_DEFAULT', () => {
  test('is nothing where it is not set', async () => {
    expect(await read()).toBeUndefined()
    expect(await read({ VERIFY_DEFAULT: '' })).toBeUndefined()
  })

  test.each<[string, string, Readonly<Record<string, string>>]>([
    ['one type', 'fix: npm test', { fix: 'npm test' }],
    [
      'several types',
      'fix: npm test, feature: npm run build,docs:  npx lint',
      { fix: 'npm test', feature: 'npm run build', docs: 'npx lint' },
    ],
    ['space around all of it', '  fix:\tnpm test  ,\n  docs: true\n', { fix: 'npm test', docs: 'true' }],
    ['a trailing comma', 'fix: npm test,\ndocs: true,', { fix: 'npm test', docs: 'true' }],
    ['types of every form', 'code_review: a, my-type.2: b', { code_review: 'a', 'my-type.2': 'b' }],
    ['a comma within a command', 'fix: test a, b && echo x,y, docs: true', { fix: 'test a, b && echo x,y', docs: 'true' }],
    ['colons within a command', 'fix: npm run test:unit && curl http://x:80/a', { fix: 'npm run test:unit && curl http://x:80/a' }],
    ['the last word for a type that is named twice', 'fix: a, fix: b', { fix: 'b' }],
  ])('takes %s', async (_what, text, commands) => {
    expect(await read({ VERIFY_DEFAULT: text })).toEqual(commands)
  })

  test('may stand on several lines of .env', async () => {
    await writeFile(join(home, '.env'), 'VERIFY_DEFAULT=\'fix: npm test -- --grep "a, b"\nfeature: npm run build\'\n')
    expect(await read()).toEqual({ fix: 'npm test -- --grep "a, b"', feature: 'npm run build' })
  })

  test.each(['npm test', 'fix:', 'fix: ', 'fix', ': npm test', '1st: npm test', 'a b: npm test', 'fix: npm test, docs: '])(
    'is a problem as %j, told with what is expected',
    async (text) => {
      expect(await read({ VERIFY_DEFAULT: text })).toEqual([
        `environment: VERIFY_DEFAULT must be type: command, such as fix: npm test, not ${JSON.stringify(text)}`,
      ])
    },
  )
})

describe('types in config/orchestrator.yaml', () => {
  async function types() {
    const outcome = await loadConfig({ home, env: {} })
    return outcome.ok ? outcome.config.types : outcome.problems.map(describeProblem)
  }

  test('take one verify command, a list of them, or none, and the number of fix attempts', async () => {
    await writeYaml(
      ...[
        'types:',
        '  fix: { verify: npm test, fix_attempts: 0 }',
        '  feature:',
        '    verify:',
        '      - npm test',
        '      - npm run build, all',
      ],
      ...['  docs: { verify: [], fix_attempts: 100 }'],
    )
    expect(await types()).toEqual({
      fix: { verify: ['npm test'], fix_attempts: 0 },
      feature: { verify: ['npm test', 'npm run build, all'] },
      docs: { verify: [], fix_attempts: 100 },
    })
  })

  test.each([
    ['verify: 3', 'types.fix.verify must be a shell command or a list of them, not 3'],
    ['verify: { a: b }', 'types.fix.verify must be a shell command or a list of them'],
    ['verify: [true]', 'types.fix.verify must be a shell command or a list of them'],
    ['fix_attempts: -1', 'types.fix.fix_attempts must be at least 0, not -1'],
    ['fix_attempts: 101', 'types.fix.fix_attempts must be at most 100, not 101'],
    ['fix_attempts: 1.5', 'types.fix.fix_attempts must be a whole number, not 1.5'],
    ['fix_attempts: many', 'types.fix.fix_attempts must be a number, not "many"'],
  ])('are a problem with %s, told with its place', async (line, problem) => {
    await writeYaml('types:', '  fix:', `    ${line}`)
    expect(await types()).toEqual([`config/orchestrator.yaml line 3, column 5: ${problem}`])
  })
})

describe('a type in VERIFY_DEFAULT that nobody knows', () => {
  async function notes(text: string) {
    const outcome = await loadConfig({ home, env: { VERIFY_DEFAULT: text } })
    return outcome.ok ? outcome.config.notes : outcome.problems.map(describeProblem)
  }
  const warning = (type: string, advice: string) =>
    `environment: VERIFY_DEFAULT names the type "${type}", which is not known${advice} One of your own is known once it stands under types in config/orchestrator.yaml.`

  test('is a warning with the nearest known type, and no problem', async () => {
    expect(await notes('fxi: a, Fix: b, deploy: c')).toEqual([
      warning('fxi', '; did you mean fix?'),
      warning('Fix', '; did you mean fix?'),
      warning('deploy', '.'),
    ])
  })

  test('is one that is neither built in nor stands in config/orchestrator.yaml', async () => {
    await writeYaml('types:', '  deploy: {}')
    expect(await notes('fix: a, task: b, code_review: c, deploy: d')).toEqual([])
    expect(await notes('deplyo: a')).toEqual([warning('deplyo', '; did you mean deploy?')])
  })

  test('is told beside what is broken', async () => {
    const outcome = await loadConfig({ home, env: { VERIFY_DEFAULT: 'fxi: a', MAX_RETRIES: 'many' } })
    expect(!outcome.ok && outcome.rest.notes).toEqual([warning('fxi', '; did you mean fix?')])
  })
})
