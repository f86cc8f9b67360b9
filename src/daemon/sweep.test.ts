import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { homePaths } from '../config/home.ts'
import { sweepState } from './sweep.ts'

test('what a killed daemon was writing is swept, and nothing else', async () => {
  const home = await mkdtemp(join(tmpdir(), 'sweep-'))
  onTestFinished(() => rm(home, { recursive: true }))
  const paths = homePaths(home)
  await mkdir(join(paths.scratch, 'git-1'), { recursive: true })
  await mkdir(paths.telegram)
  await mkdir(join(paths.run, '20261127-120000000-abcd', 'bin'), { recursive: true })
  await mkdir(join(paths.state, 'bin'))
  const old = new Date(Date.now() - 60_000)
  for (const [name, time] of [
    ['.memory.json.0a1b2c3d.tmp', old],
    ['.memory.json.11111111.tmp', new Date()],
    ['memory.json', old],
  ] as const) {
    await writeFile(join(paths.telegram, name), '{}')
    await utimes(join(paths.telegram, name), time, time)
  }
  await writeFile(join(paths.state, '.holds.json.0a1b2c3d.tmp'), '')
  await utimes(join(paths.state, '.holds.json.0a1b2c3d.tmp'), old, old)

  await sweepState(paths, new Date(Date.now() - 10_000))
  expect((await readdir(paths.state)).sort()).toEqual(['telegram'])
  expect((await readdir(paths.telegram)).sort()).toEqual(['.memory.json.11111111.tmp', 'memory.json'])
})
