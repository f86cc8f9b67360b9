import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { fakeContext } from '../../../test/helpers/cli-context.ts'
import { runCommand } from '../../../test/helpers/run-command.ts'
import { directories } from '../../config/directories.ts'
import { loadConfig, requireConfig } from '../../config/load.ts'
import { parseTask } from '../../task-file/parse.ts'
import { createSample } from './create-sample.ts'
import { init, makeHome } from './init.ts'

let root: string
let home: string

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'orc-init-'))
  home = join(root, 'home')
})
afterEach(() => rm(root, { recursive: true, force: true }))

test('an empty place becomes a home with everything in it and nothing queued', async () => {
  const { code, out } = await runCommand(init, { home })

  expect(code).toBe(0)
  expect((await readdir(home, { recursive: true })).sort()).toEqual([
    '.env',
    '.env.example',
    '.gitignore',
    'config',
    'config/orchestrator.yaml',
    'logs',
    'results',
    'summaries',
    'tasks',
    'tasks/failed',
    'tasks/processed',
    'tasks/rejected',
    'tasks/running',
    'tasks/sample.task.md.example',
    'tasks/waiting',
    'work',
    'work/sample',
  ])
  expect(out).toContain('orchestrator create-sample')
  expect(
    Math.max(
      ...out
        .split('\n')
        .slice(1)
        .map((line) => line.length),
    ),
  ).toBeLessThanOrEqual(80)
})

test('what it makes is valid: the settings, the yaml and the sample', async () => {
  await runCommand(init, { home })
  const example = await readFile(join(home, '.env.example'), 'utf8')
  expect(await loadConfig({ home, env: {} })).toMatchObject({ ok: true, config: { settings: { CLAUDE_BASE_CWD: 'work' }, notes: [] } })
  await writeFile(join(home, '.env'), example)

  expect(await loadConfig({ home, env: {} })).toMatchObject({ ok: true, config: { notes: [] } })
  const bytes = await readFile(join(home, 'tasks/sample.task.md.example'))
  const sample = parseTask({ bytes, file: 'sample.task.md', modified: new Date() })
  expect(sample).toMatchObject({ ok: true, task: { title: 'Say hello', head: { cwd: 'sample' }, targetFiles: ['hello.md'] } })
})

test('a second time nothing is touched, and it says so', async () => {
  await runCommand(init, { home })
  await writeFile(join(home, '.env.example'), 'mine')
  await writeFile(join(home, 'config/orchestrator.yaml'), 'types: {}')

  const { code, out } = await runCommand(init, { home })

  expect({ code, out }).toEqual({ code: 0, out: `Everything is there already in ${home}; nothing was changed.\n` })
  expect(await readFile(join(home, '.env.example'), 'utf8')).toBe('mine')
  expect(await readFile(join(home, 'config/orchestrator.yaml'), 'utf8')).toBe('types: {}')
})

test('what is missing of a home is added, and only that', async () => {
  await runCommand(init, { home })
  await rm(join(home, 'results'), { recursive: true })
  await rm(join(home, '.env.example'))

  const { out } = await runCommand(init, { home })

  expect(out.match(/\+ \S+/g)).toEqual(['+ results/', '+ .env.example'])
})

test('a place that cannot be written is told in the words of the system', async () => {
  await writeFile(home, 'a file')
  await expect(runCommand(init, { home })).rejects.toMatchObject({ code: 'cannot_write', message: expect.stringContaining(home) })
})

const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  )
const envOf = (path: string) => readFile(join(path, '.env'), 'utf8')

describe('the directory that tasks work in', () => {
  test('is one of its own in a new home, which no other user may read the settings of, and the sample works there', async () => {
    await runCommand(init, { home })
    expect(await envOf(home)).toMatch(/^CLAUDE_BASE_CWD=work$/m)
    if (process.platform !== 'win32') expect((await stat(join(home, '.env'))).mode & 0o077).toBe(0)
    expect(await runCommand(createSample, { home })).toMatchObject({ code: 0 })
    expect(directories(await requireConfig({ home, env: {} }))).toEqual({ base: join(home, 'work'), root: join(home, 'work') })
  })

  test.each([
    ['projects', 'projects', ['projects', 'projects/sample']],
    ['a/b c #d', 'a/b c #d', ['a/b c #d/sample']],
    ['./it"s', 'it"s', ['it"s/sample']],
    ['.', '', ['sample']],
  ])('--base %s is made below the home, and works', async (base, path, made) => {
    const { code, out } = await runCommand(init, { home, options: { base } })
    expect(code).toBe(0)
    expect(directories(await requireConfig({ home, env: {} })).base).toBe(join(home, path))
    for (const one of made) expect(await exists(join(home, one))).toBe(true)
    expect(await exists(join(home, 'work'))).toBe(false)
    expect(out).toContain('where the sample task works')
  })

  test('may be any other that exists: by its path, relative to the home, or below ~; nothing is made in it', async () => {
    const there = join(root, 'there')
    await mkdir(there)
    const env = { HOME: root }
    for (const [name, base] of [
      ['one', there],
      ['two', '../there'],
      ['three', '~/there'],
    ] as const) {
      const at = join(root, name)
      expect(await runCommand(init, { home: at, env, options: { base } })).toMatchObject({ code: 0 })
      expect(directories(await requireConfig({ home: at, env })).base).toBe(there)
    }
    expect(await readdir(there)).toEqual([])
  })

  test.each([
    ['../nowhere', /must be a directory that exists, since it is not below the home: .*nowhere$/],
    ['~/nowhere', /must be a directory that exists/],
    ['', /must not be empty/],
    ['../file', /must be a directory: .*file$/],
    ['../file/below', /must be a directory: /],
    ['tasks', /must lie outside tasks\/, which belongs to the home/],
    ['tasks/deep/er', /must lie outside tasks\//],
    ['.orchestrator/work', /must lie outside \.orchestrator\//],
    ['work/../config', /must lie outside config\//],
    ['logs/', /must lie outside logs\//],
  ])('--base %j is refused with the reason, before anything is made', async (base, message) => {
    await writeFile(join(root, 'file'), '')
    await expect(runCommand(init, { home, env: { HOME: root }, options: { base } })).rejects.toMatchObject({
      code: 'usage',
      exitCode: 2,
      message: expect.stringMatching(message),
    })
    expect(await exists(home)).toBe(false)
  })

  test.skipIf(process.platform === 'win32')(
    'is refused where a link leads into a folder of the home, or out of it to where nothing is',
    async () => {
      await mkdir(join(home, 'logs'), { recursive: true })
      await symlink('logs', join(home, 'inside'))
      await symlink(root, join(home, 'outside'))
      const refused = (base: string) => runCommand(init, { home, options: { base } })
      await expect(refused('inside/x')).rejects.toMatchObject({ message: expect.stringContaining('must lie outside logs/') })
      await expect(refused('outside/x')).rejects.toMatchObject({ message: expect.stringContaining('not below the home') })
      expect(await readdir(root)).toEqual(['home'])
    },
  )

  test('is asked for on a terminal, until the answer will do; Enter takes a directory of its own', async () => {
    const answers = ['tasks', '../nowhere', ' ']
    const { context, printed } = fakeContext({ home, terminal: 80 })
    expect(await makeHome(context, undefined, async () => answers.shift())).toBe(0)
    expect(answers).toEqual([])
    expect(printed.out).toMatch(/It must lie outside tasks\/.*\nIt must be a directory that exists/s)
    expect(await envOf(home)).toContain('CLAUDE_BASE_CWD=work\n')

    const other = join(root, 'other')
    expect(await makeHome(fakeContext({ home: other, terminal: 80 }).context, undefined, async () => '.')).toBe(0)
    expect(await envOf(other)).toContain('CLAUDE_BASE_CWD=.\n')
  })

  test('is not asked for where it is given, or set already', async () => {
    const ask = () => Promise.reject(new Error('it asks'))
    expect(await makeHome(fakeContext({ home, terminal: 80 }).context, 'x', ask)).toBe(0)
    expect(await makeHome(fakeContext({ home, terminal: 80 }).context, undefined, ask)).toBe(0)
    const set = { home: join(root, 'set'), env: { CLAUDE_BASE_CWD: root }, terminal: 80 }
    expect(await makeHome(fakeContext(set).context, undefined, ask)).toBe(0)
    expect(await exists(join(root, 'set/.env'))).toBe(false)
  })

  test('nothing is made where the person who was asked leaves', async () => {
    expect(await makeHome(fakeContext({ home, terminal: 80 }).context, undefined, async () => undefined)).toBe(130)
    expect(await exists(home)).toBe(false)
  })

  test('of a home that is there stays the home itself, and its owner is told what to do', async () => {
    await mkdir(join(home, 'tasks'), { recursive: true })
    const { code, out } = await runCommand(init, { home })
    expect(code).toBe(0)
    expect(out).toMatch(/Tasks work in the home itself.*\n.*put this line into \.env: CLAUDE_BASE_CWD=work\n/)
    expect([await exists(join(home, '.env')), await exists(join(home, 'work'))]).toEqual([false, false])
    expect(directories(await requireConfig({ home, env: {} })).base).toBe(home)

    const asked = await runCommand(init, { home, options: { base: 'projects' } })
    expect(asked.out).toContain('put this line into .env: CLAUDE_BASE_CWD=projects\n')
    expect(await exists(join(home, '.env'))).toBe(false)
  })

  test('of a home whose .env is there is what that says, and it is not touched', async () => {
    await mkdir(home)
    await writeFile(join(home, '.env'), 'CLAUDE_BASE_CWD=mine\n')
    const { code, out } = await runCommand(init, { home })
    expect([code, await envOf(home)]).toEqual([0, 'CLAUDE_BASE_CWD=mine\n'])
    expect(out).not.toContain('put this line')
    expect(await loadConfig({ home, env: {} })).toMatchObject({ ok: true })

    expect((await runCommand(init, { home, options: { base: 'mine' } })).out).not.toContain('put this line')
    expect((await runCommand(init, { home, options: { base: 'other' } })).out).toContain('put this line into .env: CLAUDE_BASE_CWD=other')
    expect(await envOf(home)).toBe('CLAUDE_BASE_CWD=mine\n')
  })
})
