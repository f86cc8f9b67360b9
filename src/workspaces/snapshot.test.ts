import { execFileSync } from 'node:child_process'
import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { needs } from '../../test/helpers/needs.ts'
import { takeSnapshot } from './snapshot.ts'

let root: string

beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'snapshot-')))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

const put = async (path: string, text = 'text') => {
  await mkdir(dirname(join(root, path)), { recursive: true })
  await writeFile(join(root, path), text)
}

async function pathsIn(cwd = root, ignored: readonly string[] = []): Promise<string[]> {
  const snapshot = await takeSnapshot({ cwd, ignored })
  return [...(snapshot?.files.keys() ?? [])].sort()
}

test('a snapshot has what no .gitignore names, the nearest one first', async () => {
  await put('.gitignore', '*.log\ndist/\n/only-here\n# comment\n')
  await put('packages/.gitignore', '!kept.log\n*.tmp\n')
  await Promise.all(['a.log', 'a.txt', 'dist/x.js', 'only-here', 'packages/dist/y.js', 'packages/only-here'].map((path) => put(path)))
  await Promise.all(['packages/deep/kept.log', 'packages/deep/b.log', 'packages/deep/c.tmp', 'c.tmp'].map((path) => put(path)))
  expect(await pathsIn()).toEqual(['.gitignore', 'a.txt', 'c.tmp', 'packages/.gitignore', 'packages/deep/kept.log', 'packages/only-here'])
})

test('a snapshot has nothing of .git, of node_modules and of ignored paths', async () => {
  await Promise.all(['.git/HEAD', 'pkg/node_modules/x.js', 'logs/run.ndjson', 'results', 'pkg/logs/kept'].map((path) => put(path)))
  expect(await pathsIn(root, [join(root, 'logs'), join(root, 'results')])).toEqual(['pkg/logs/kept'])
})

test('rules are not read from what is no file', needs('posix'), async () => {
  execFileSync('/usr/bin/env', ['mkfifo', join(root, '.gitignore')])
  await put('a.txt')
  expect(await pathsIn()).toEqual(['a.txt'])
})

test('too many entries give no snapshot', async () => {
  await Promise.all(['a', 'b', 'c/d'].map((path) => put(path)))
  const scope = { cwd: root, ignored: [] }
  expect((await takeSnapshot(scope, { entries: 4, busyMs: 10_000 }))?.files.size).toBe(3)
  expect(await takeSnapshot(scope, { entries: 3, busyMs: 10_000 })).toBeUndefined()
})

test('too much work gives no snapshot', async () => {
  await put('a')
  expect(await takeSnapshot({ cwd: root, ignored: [] }, { entries: 10, busyMs: 0 })).toBeUndefined()
})

test('an empty directory and a missing one have nothing in them', async () => {
  expect(await pathsIn()).toEqual([])
  expect(await pathsIn(join(root, 'nowhere'))).toEqual([])
})
