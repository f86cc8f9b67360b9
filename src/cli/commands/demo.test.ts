import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { runCommand } from '../../../test/helpers/run-command.ts'
import { homePaths } from '../../config/home.ts'
import { readResult } from '../../results/read.ts'
import { demo } from './demo.ts'

let root: string

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'orc-demo-'))
})
afterEach(() => rm(root, { recursive: true, force: true }))

test('three tasks go through the real flow, the last one fails on purpose, and that is a success of the demo', async () => {
  const keep = join(root, 'home')
  const { code, out } = await runCommand(demo, { home: root, options: { keep }, env: { GITHUB_STEP_SUMMARY: join(root, 'step') } })

  expect(code).toBe(0)
  const paths = homePaths(keep)
  expect(readResult(paths, 'write-the-readme')).toMatchObject({
    status: 'completed',
    demo: true,
    files_changed: [{ path: 'README.md', change: 'added', lines_added: expect.any(Number), lines_removed: 0 }],
  })
  expect(readResult(paths, 'start-a-changelog')).toMatchObject({ status: 'completed', demo: true, priority: 'medium' })
  expect(readResult(paths, 'fail-on-purpose')).toMatchObject({ status: 'failed', demo: true, failure: { code: 'agent_failed' } })
  expect(await readdir(join(keep, 'work'))).toEqual(['backend', 'reports', 'website'])
  const events = (await readFile(paths.events, 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  const started = events.filter(({ event }) => event === 'demo_started').map(({ task_id }) => task_id)
  expect([started.slice(0, 2).sort(), started.slice(2)]).toEqual([['start-a-changelog', 'write-the-readme'], ['fail-on-purpose']])
  expect(out).toContain('No model is asked')
  expect(out).toMatch(/^✔ completed {2}write-the-readme +high .* added README\.md$/m)
  expect(out).toMatch(/^✖ failed {5}fail-on-purpose +low .*on purpose$/m)
  expect(await readdir(root)).toEqual(['home'])
})

test('a directory that holds anything is not taken', async () => {
  await writeFile(join(root, 'mine'), 'precious')
  await expect(runCommand(demo, { home: root, options: { keep: root } })).rejects.toMatchObject({ code: 'usage', exitCode: 2 })
  expect(await readdir(root)).toEqual(['mine'])
})
