import { mkdir, mkdtemp, readdir, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { endLeftOvers } from '../helpers/left-overs.ts'
import { type Surroundings, startOrchestrator } from '../helpers/process.ts'

let root: string
let surroundings: Surroundings

beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'orc-demo-')))
  await mkdir(join(root, 'tmp'))
  // Settings of the machine that would break any other command.
  surroundings = {
    cwd: root,
    env: { PATH: '/usr/bin:/bin', TMPDIR: join(root, 'tmp'), CLAUDE_TIMEOUT_SEC: 'broken', DEFAULT_AGENT: 'claude' },
  }
})
afterEach(() => rm(root, { recursive: true, force: true }))

test('the demo needs nothing of the machine and leaves its home to look at', async () => {
  const { code, stdout } = await startOrchestrator(surroundings, ['demo']).exited

  expect(code).toBe(0)
  const [home = ''] = await readdir(join(root, 'tmp'))
  expect(stdout).toContain(`Everything is in ${join(root, 'tmp', home)}`)
  expect((await readdir(join(root, 'tmp', home, 'results'))).sort()).toEqual([
    'fail-on-purpose_result.json',
    'start-a-changelog_result.json',
    'write-the-readme_result.json',
  ])
})

test.skipIf(process.platform === 'win32')('Ctrl-C ends the demo at once and leaves neither files nor processes', async () => {
  const running = startOrchestrator(surroundings, ['demo'])
  await running.until(/demo started/)

  const { code, stdout } = await running.stop('SIGINT')

  expect(code).toBe(130)
  expect(stdout).not.toContain('Everything is in')
  expect({ files: await readdir(join(root, 'tmp')), processes: await endLeftOvers(root) }).toEqual({ files: [], processes: [] })
})
