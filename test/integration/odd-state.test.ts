import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { exampleRecord } from '../helpers/examples.ts'
import { makeHome } from '../helpers/home.ts'
import { ODD_THINGS, putOdd, putStateFiles, STATE_FILES } from '../helpers/odd-files.ts'

/** All but the tasks and the configuration, without which nothing starts. */
const PATHS = Object.keys(STATE_FILES).filter((path) => !path.endsWith('.task.md') && !['.env', 'config/orchestrator.yaml'].includes(path))

test.each([
  'a directory',
  'a pipe',
  'a link to /dev/zero',
  'a sparse file of 1 GB',
  'null',
  'a list of objects',
  'nothing that may be read',
])('with %s in the place of every state file a daemon starts, does what is queued, and loses nothing', async (what) => {
  const home = await makeHome()
  onTestFinished(() => home[Symbol.asyncDispose]())
  putStateFiles(home.paths.home)
  for (const path of PATHS) putOdd(home.paths.home, path, ODD_THINGS[what] ?? (() => undefined))
  const { code, stderr } = await home.run(['start', '--once', '--agent', 'demo'])
  expect({ code, stderr: /This is a bug/.test(stderr) }).toEqual(
    what === 'nothing that may be read' && process.getuid?.() !== 0
      ? { code: 1, stderr: false }
      : { code: expect.toBeOneOf([0, 1, 75]), stderr: false },
  )
  for (const args of [['doctor'], ['retry', 'd'], ['answer', 'w', 'yes'], ['pause'], ['resume'], ['status']]) {
    const said = await home.run(args)
    expect(said.stderr, args.join(' ')).not.toMatch(/This is a bug|at .*\.ts:/)
  }
  const files = readdirSync(home.paths.home, { recursive: true }).map(String)
  for (const id of ['q', 'a', 'w', 'd', 'r'])
    expect(
      files.some((name) => name.endsWith(`/${id}.task.md`)),
      id,
    ).toBe(true)
  if (what === 'a directory') expect(files.filter((name) => name.endsWith('of-somebody.txt')).length).toBeGreaterThan(10)
})

test('what a file says moves nothing out of the home, and no queue stops for it', async () => {
  const home = await makeHome()
  onTestFinished(() => home[Symbol.asyncDispose]())
  putStateFiles(home.paths.home)
  const put = (path: string, text: string) => writeFileSync(join(home.paths.home, path), text)
  for (const name of ['paused.json', 'daemon.json.takeover']) putOdd(home.paths.home, `.orchestrator/${name}`, () => undefined)
  put('tasks/.q.task.md.retry', '../../../evil')
  put('tasks/slash.task.md', 'Do it.\n')
  put('tasks/.slash.task.md.retry', 'x/y')
  put('tasks/other.task.md', 'Do it.\n')
  put('tasks/.other.task.md.retry', 'another')
  put('tasks/running/a.run.json', JSON.stringify(exampleRecord({ task_id: 'a', file: '../../../../evil.task.md' })))
  put('tasks/running/no id.task.md', 'Do it.\n')
  put('tasks/running/foreign.task.md', 'Do it.\n')
  put('tasks/running/foreign.run.json', JSON.stringify(exampleRecord({ task_id: 'd', file: 'd.task.md' })))
  const { code, stderr } = await home.run(['start', '--once', '--agent', 'demo'])
  expect(stderr).not.toContain('This is a bug')
  expect(code).toBeOneOf([0, 75])
  for (const id of ['q', 'slash', 'other', 'a', 'foreign']) expect(existsSync(join(home.paths.processed, `${id}.task.md`)), id).toBe(true)
  expect(existsSync(join(home.paths.running, 'no id.task.md'))).toBe(true)
  expect(readdirSync(join(home.paths.home, '..')).sort()).toEqual(['bin', 'home', 'tmp', 'user', 'work'])
})
