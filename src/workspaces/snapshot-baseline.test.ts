import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { appendFile, chmod, mkdir, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Changes } from './contract.ts'
import { openSnapshotBaseline } from './snapshot-baseline.ts'

let root: string

beforeEach(async () => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'snapshot-')))
  await Promise.all(['a.txt', 'b.txt', 'src/deep/c.txt'].map((path) => put(path)))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

async function put(path: string, text: string | Buffer = 'one\ntwo\n'): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true })
  await writeFile(join(root, path), text)
}

async function changesBy(work: () => unknown): Promise<Changes | null | undefined> {
  await using baseline = await openSnapshotBaseline({ cwd: root, ignored: [] })
  await work()
  return baseline?.changes()
}

/** In short: `M 1 2 path` for a modified file with one line added and two removed. */
async function shortly(work: () => unknown): Promise<string[] | undefined> {
  const mark = { added: 'A', modified: 'M', deleted: 'D' }
  const changes = await changesBy(work)
  return changes?.files.map((file) => `${mark[file.change]} ${file.lines_added ?? '-'} ${file.lines_removed ?? '-'} ${file.path}`)
}

const large = (text: string) => Buffer.alloc(64 * 1024 + 1, text)

test('changes are what was added, modified and deleted with its lines, sorted by path, and a patch', async () => {
  const changes = await changesBy(async () => {
    await put('src/deep/c.txt', 'one\n2\nthree\n')
    await put('src/new/d.txt', '1')
    await rm(join(root, 'a.txt'))
    await rename(join(root, 'b.txt'), join(root, 'z.txt'))
  })
  expect(changes).toEqual({
    files: [
      { path: 'a.txt', change: 'deleted', lines_added: 0, lines_removed: 2 },
      { path: 'b.txt', change: 'deleted', lines_added: 0, lines_removed: 2 },
      { path: 'src/deep/c.txt', change: 'modified', lines_added: 2, lines_removed: 1 },
      { path: 'src/new/d.txt', change: 'added', lines_added: 1, lines_removed: 0 },
      { path: 'z.txt', change: 'added', lines_added: 2, lines_removed: 0 },
    ],
    patch: expect.stringContaining('--- a/src/deep/c.txt\n+++ b/src/deep/c.txt\n@@ -1,2 +1,3 @@\n one\n-two\n+2\n+three\n'),
  })
})

test('changes are none where nothing was touched, and where what was written is what was there', async () => {
  await put('a.png', Buffer.from([0, 1]))
  expect(await changesBy(() => undefined)).toEqual({ files: [], patch: '' })
  expect(await changesBy(() => Promise.all([put('a.txt'), put('a.png', Buffer.from([0, 1]))]))).toEqual({ files: [], patch: '' })
})

test('changes show even where size and modification time are what they were', async () => {
  const past = new Date('2020-01-01T00:00:00Z')
  await utimes(join(root, 'a.txt'), past, past)
  const work = async () => {
    await put('a.txt', 'one\n222\n'.slice(0, 8))
    await utimes(join(root, 'a.txt'), past, past)
  }
  expect(await shortly(work)).toEqual(['M 1 1 a.txt'])
})

test('lines of binary files are not counted, and the patch names them only', async () => {
  const changes = await changesBy(() => put('new.bin', Buffer.from([1, 0, 2])))
  expect(changes).toEqual({
    files: [{ path: 'new.bin', change: 'added', lines_added: null, lines_removed: null }],
    patch: 'Binary files /dev/null and b/new.bin differ\n',
  })
})

test('of large files it is known that they were touched, and their lines where they are new', async () => {
  await Promise.all(['modified', 'deleted', 'untouched'].map((path) => put(path, large('a\n'))))
  const work = async () => {
    await Promise.all([put('modified', large('b\n')), put('new', large('a\n')), put('huge', Buffer.alloc(1024 * 1024 + 1, 'a\n'))])
    await rm(join(root, 'deleted'))
  }
  expect(await shortly(work)).toEqual(['D - - deleted', 'A - - huge', 'M - - modified', 'A 32769 0 new'])
})

test('a patch ends at a line with a note where it is long', async () => {
  const changes = await changesBy(() => put('new', 'a line of text\n'.repeat(10_000)))
  expect(changes?.files).toEqual([{ path: 'new', change: 'added', lines_added: 10_000, lines_removed: 0 }])
  expect(changes?.patch.length).toBeLessThan(66_000)
  expect(changes?.patch).toMatch(/\n\+a line of text\n\[cut here: the patch is longer\]\n$/)
})

test('a rule that is made or removed meanwhile makes no file come or go', async () => {
  await put('.gitignore', 'dist/\n')
  await put('dist/old.js')
  await put('notes/kept.md')
  const work = async () => {
    await put('.gitignore', 'notes/\n*.txt\n')
    await appendFile(join(root, 'a.txt'), 'three\n')
    await Promise.all([put('dist/new.js'), put('notes/new.md'), put('new.txt')])
    await rm(join(root, 'b.txt'))
  }
  expect(await shortly(work)).toEqual(['M 2 1 .gitignore', 'M 1 0 a.txt', 'D 0 2 b.txt'])
})

test.skipIf(process.platform === 'win32')('changes include the mode', async () => {
  expect(await shortly(() => chmod(join(root, 'a.txt'), 0o755))).toEqual(['M 0 0 a.txt'])
})

test('changes include a link, but nothing behind it', async () => {
  const outside = mkdtempSync(join(tmpdir(), 'snapshot-outside-'))
  try {
    expect(await shortly(() => symlink(outside, join(root, 'link'), 'junction'))).toEqual(['A 1 0 link'])
    expect(await shortly(() => writeFile(join(outside, 'file'), ''))).toEqual([])
    expect(await shortly(() => symlink(root, join(root, 'loop'), 'junction'))).toEqual(['A 1 0 loop'])
  } finally {
    rmSync(outside, { recursive: true })
  }
})
