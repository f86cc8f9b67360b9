import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { runCommand } from '../../../test/helpers/run-command.ts'
import { loadConfig } from '../../config/load.ts'
import { parseTask } from '../../task-file/parse.ts'
import { init } from './init.ts'

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
    '.env.example',
    '.gitignore',
    'config',
    'config/orchestrator.yaml',
    'logs',
    'results',
    'sample',
    'summaries',
    'tasks',
    'tasks/failed',
    'tasks/processed',
    'tasks/rejected',
    'tasks/running',
    'tasks/sample.task.md.example',
    'tasks/waiting',
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
