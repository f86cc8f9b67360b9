import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { chmod, mkdir, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { FileChange } from '../domain/run.ts'
import { compareSnapshots, takeSnapshot } from './snapshot.ts'

let root: string

beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'snapshot-')))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

const put = async (path: string, text = 'text') => {
  await mkdir(join(root, path, '..'), { recursive: true })
  await writeFile(join(root, path), text)
}

async function changesBy(work: () => Promise<unknown>, ignored: readonly string[] = []): Promise<FileChange[]> {
  const before = await takeSnapshot(root, ignored)
  await work()
  const after = await takeSnapshot(root, ignored)
  if (!before || !after) throw new Error('there should be a snapshot')
  return compareSnapshots(before, after)
}

describe('changes', () => {
  beforeEach(() => Promise.all(['a.txt', 'b.txt', 'src/deep/c.txt'].map((path) => put(path))))

  test('are what was added, modified and deleted, sorted by path', async () => {
    const changes = await changesBy(async () => {
      await put('src/deep/c.txt', 'other')
      await put('src/new/d.txt')
      await rm(join(root, 'a.txt'))
      await rename(join(root, 'b.txt'), join(root, 'z.txt'))
    })
    expect(changes).toEqual([
      { path: 'a.txt', change: 'deleted' },
      { path: 'b.txt', change: 'deleted' },
      { path: 'src/deep/c.txt', change: 'modified' },
      { path: 'src/new/d.txt', change: 'added' },
      { path: 'z.txt', change: 'added' },
    ])
  })

  test('are none where nothing was touched', async () => {
    expect(await changesBy(async () => undefined)).toEqual([])
  })

  test('show even where size and modification time are what they were', async () => {
    const past = new Date('2020-01-01T00:00:00Z')
    await utimes(join(root, 'a.txt'), past, past)
    const changes = await changesBy(async () => {
      await put('a.txt', 'next')
      await utimes(join(root, 'a.txt'), past, past)
    })
    expect(changes).toEqual([{ path: 'a.txt', change: 'modified' }])
  })

  test.skipIf(process.platform === 'win32')('include the mode', async () => {
    expect(await changesBy(() => chmod(join(root, 'a.txt'), 0o755))).toEqual([{ path: 'a.txt', change: 'modified' }])
  })

  test('do not include what happens in .git, in node_modules and at ignored paths', async () => {
    await mkdir(join(root, 'logs'))
    const work = () =>
      Promise.all(['.git/HEAD', 'pkg/node_modules/x.js', 'logs/run.ndjson', 'results', 'pkg/logs/kept'].map((path) => put(path)))
    const changes = await changesBy(work, [join(root, 'logs'), join(root, 'results')])
    expect(changes).toEqual([{ path: 'pkg/logs/kept', change: 'added' }])
  })

  test('include a link, but nothing behind it', async () => {
    const outside = mkdtempSync(join(tmpdir(), 'snapshot-outside-'))
    try {
      expect(await changesBy(() => symlink(outside, join(root, 'link'), 'junction'))).toEqual([{ path: 'link', change: 'added' }])
      expect(await changesBy(() => writeFile(join(outside, 'file'), ''))).toEqual([])
      expect(await changesBy(() => symlink(root, join(root, 'loop'), 'junction'))).toEqual([{ path: 'loop', change: 'added' }])
    } finally {
      rmSync(outside, { recursive: true })
    }
  })
})

test('too many entries give no snapshot', async () => {
  await Promise.all(['a', 'b', 'c/d'].map((path) => put(path)))
  expect(await takeSnapshot(root, [], { entries: 4, busyMs: 10_000 })).toHaveProperty('size', 3)
  expect(await takeSnapshot(root, [], { entries: 3, busyMs: 10_000 })).toBeUndefined()
})

test('too much work gives no snapshot', async () => {
  await put('a')
  expect(await takeSnapshot(root, [], { entries: 10, busyMs: 0 })).toBeUndefined()
})

test('an empty directory and a missing one have nothing in them', async () => {
  expect(await takeSnapshot(root, [])).toEqual(new Map())
  expect(await takeSnapshot(join(root, 'nowhere'), [])).toEqual(new Map())
})
