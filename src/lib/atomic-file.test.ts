import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { removeUnfinished, writeAllDurable, writeDurable } from './atomic-file.ts'

let folder = ''
const at = (name: string) => join(folder, name)

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'atomic-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

test('a file is made, and replaced as a whole', async () => {
  await writeDurable(at('a'), 'a long first content')
  await writeDurable(at('a'), Buffer.from('second'))

  expect(await readFile(at('a'), 'utf8')).toBe('second')
  expect(await readdir(folder)).toEqual(['a'])
})

test.skipIf(process.platform === 'win32')('a file gets the mode that is asked for', async () => {
  await writeDurable(at('a'), 'secret', 0o600)

  expect((await stat(at('a'))).mode & 0o777).toBe(0o600)
})

test('megabytes arrive complete, and writers at the same time do not mix', async () => {
  const contents = Array.from({ length: 8 }, (_, n) => `${n}`.repeat(2 << 20))
  await Promise.all(contents.map((data) => writeDurable(at('a'), data)))

  expect(contents).toContain(await readFile(at('a'), 'utf8'))
  expect(await readdir(folder)).toEqual(['a'])
})

test('several files of several folders are written together', async () => {
  await mkdir(at('sub'))
  await writeAllDurable([
    { path: at('a'), data: '1' },
    { path: at('sub/b'), data: '2' },
  ])

  expect([await readFile(at('a'), 'utf8'), await readFile(at('sub/b'), 'utf8')]).toEqual(['1', '2'])
})

test('if one cannot be written, none is, and nothing is left behind', async () => {
  await writeDurable(at('a'), 'old')
  const files = [
    { path: at('a'), data: 'new' },
    { path: at('missing/b'), data: 'new' },
  ]

  await expect(writeAllDurable(files)).rejects.toMatchObject({ code: 'ENOENT' })
  expect(await readdir(folder)).toEqual(['a'])
  expect(await readFile(at('a'), 'utf8')).toBe('old')
})

test('a file that cannot be replaced ends the line: what comes before it is new, what comes after it old', async () => {
  await mkdir(at('b/full'), { recursive: true })
  const files = ['a', 'b', 'c'].map((name) => ({ path: at(name), data: 'new' }))

  await expect(writeAllDurable(files)).rejects.toThrow()
  expect((await readdir(folder)).sort()).toEqual(['a', 'b'])
})

test('what killed writes left is removed, and nothing else', async () => {
  const then = new Date(Date.now() - 60_000)
  const names = ['.a.json.0a1b2c3d.tmp', '.young.json.0a1b2c3d.tmp', '.theirs.tmp', 'a.json.0a1b2c3d.tmp', 'a.json']
  for (const name of names) {
    await writeFile(at(name), name)
    if (!name.includes('young')) await utimes(at(name), then, then)
  }

  await removeUnfinished(folder, new Date(then.getTime() + 1))
  expect((await readdir(folder)).sort()).toEqual(names.slice(1).sort())
})
