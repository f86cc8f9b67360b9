import { execFileSync } from 'node:child_process'
import { mkdir, readdir, rename, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { CONTAINMENTS } from '../../test/helpers/containments.ts'
import { allOf, BARE_ENV, fixtureAgent, newPlace, type Place } from '../../test/helpers/fixture-agent.ts'
import { needs } from '../../test/helpers/needs.ts'
import { until } from '../../test/helpers/until.ts'
import type { AgentCommand } from '../domain/attempt.ts'
import { type Containment, SWEEP } from '../lib/containment.ts'
import { workspaces } from './index.ts'

let place: Place

beforeEach(async () => {
  place = await newPlace()
})
afterEach(() => place[Symbol.asyncDispose]())

async function open(ignore: readonly string[] = [], containment: Containment = SWEEP) {
  const openInPlace = await workspaces.none()
  return openInPlace({ cwd: place.path, runId: 'run-1', containment, ignore, scratch: join(place.path, '.scratch') })
}

const nodeCommand = (program: string, more: Partial<AgentCommand> = {}): AgentCommand => ({
  file: process.execPath,
  args: ['-e', program],
  env: BARE_ENV,
  stdin: '',
  ...more,
})

test('a command runs in the directory, with its own variables alone and the mark of the run', async () => {
  const workspace = await open()
  const running = workspace.spawn(
    nodeCommand('process.stdin.on("data", (d) => console.log(JSON.stringify([process.cwd(), process.env, String(d)])))', {
      env: { SHADE: 'own' },
      stdin: 'a task',
    }),
  )
  const [line = ''] = await allOf(running.stdout)
  expect([workspace.kind, workspace.path]).toEqual(['none', place.path])
  expect(JSON.parse(line)).toEqual([place.path, { SHADE: 'own', ORCHESTRATOR_RUN_ID: 'run-1' }, 'a task'])
  await workspace[Symbol.asyncDispose]()
})

describe.skipIf(process.platform !== 'linux')('a directory that was checked and is replaced by a link to another', () => {
  test('before the workspace is opened, is no place to work in', async () => {
    const [checked, other] = [join(place.path, 'checked'), join(place.path, 'other')]
    await mkdir(other)
    await symlink(other, checked)
    const openInPlace = await workspaces.none()
    const options = { runId: 'run-1', containment: SWEEP, ignore: [], scratch: join(place.path, '.scratch') }
    await expect(openInPlace({ ...options, cwd: checked })).rejects.toMatchObject({ code: 'cwd_missing' })
    await expect(openInPlace({ ...options, cwd: join(checked, 'none') })).rejects.toMatchObject({ code: 'cwd_missing' })
  })

  test('while the agent works there, is still where it works, and what changed cannot be told', async () => {
    const [checked, moved, other] = ['checked', 'moved', 'other'].map((name) => join(place.path, name)) as [string, string, string]
    for (const folder of [checked, other]) await mkdir(folder)
    const openInPlace = await workspaces.none()
    const workspace = await openInPlace({
      cwd: checked,
      runId: 'run-1',
      containment: SWEEP,
      ignore: [],
      scratch: join(place.path, '.scratch'),
    })
    await rename(checked, moved)
    await symlink(other, checked)
    await workspace.spawn(nodeCommand('fs.writeFileSync("note", "")')).exited
    expect([await readdir(moved), await readdir(other)]).toEqual([['note'], []])
    expect(await workspace.changes()).toBeNull()
    await workspace[Symbol.asyncDispose]()
  })
})

test('changes are what a command changed, except at the ignored paths, links to them resolved', async () => {
  await mkdir(join(place.path, 'logs'))
  await symlink(place.path, join(place.path, 'self'), 'junction')
  const workspace = await open([join(place.path, 'self', 'logs'), join(place.path, 'results')])
  expect(await workspace.changes()).toEqual({ files: [], patch: '' })
  await workspace.spawn(nodeCommand('for (const path of ["made", "logs/x", "results"]) fs.writeFileSync(path, "")')).exited
  expect((await workspace.changes())?.files).toEqual([{ path: 'made', change: 'added', lines_added: 0, lines_removed: 0 }])
})

test('in a repository it is git that tells the changes', needs('git'), async () => {
  execFileSync('git', ['init', '-q'], { cwd: place.path, env: BARE_ENV })
  await writeFile(join(place.path, '.git/info/exclude'), 'only-git-ignores-this\n')
  const workspace = await open([join(place.path, 'logs')])
  await mkdir(join(place.path, 'logs'))
  await workspace.spawn(nodeCommand('for (const path of ["made", "logs/x", "only-git-ignores-this"]) fs.writeFileSync(path, "1\\n")'))
    .exited
  expect(await workspace.changes()).toEqual({
    files: [{ path: 'made', change: 'added', lines_added: 1, lines_removed: 0 }],
    patch: expect.stringContaining('+++ b/made\n@@ -0,0 +1 @@\n+1\n'),
  })
  await workspace[Symbol.asyncDispose]()
})

test('changes are unknown where there is too much to compare', async () => {
  const workspace = await open()
  await workspace.spawn(nodeCommand('for (let i = 0; i < 20001; i++) fs.writeFileSync(String(i), "")')).exited
  expect(await workspace.changes()).toBeNull()
})

for (const { name, options, find } of CONTAINMENTS) {
  test.skipIf(process.platform === 'win32')(`its end ends what was started in it, with ${name}`, options, async () => {
    const workspace = await open([], await find())
    workspace.spawn({ file: fixtureAgent('ignores-sigterm'), args: [], env: BARE_ENV, stdin: '' })
    await until(async () => expect(await place.living()).toContain('sleep 300'))
    await workspace[Symbol.asyncDispose]()
    expect(await place.living()).toEqual([])
  })
}
