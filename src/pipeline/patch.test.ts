import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { addPatch, readPatch } from './patch.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'patch-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

test('what all attempts changed is kept one after the other, each from the start of a line', () => {
  const path = join(folder, 'runs', 'r1.patch')
  addPatch(path, 1, 'of the first')
  addPatch(path, 2, 'of the second\n')
  addPatch(path, 3, '')
  addPatch(path, 4, 'of the third')
  expect(readFileSync(path, 'utf8')).toBe(
    '=== attempt 1 ===\nof the first\n=== attempt 2 ===\nof the second\n=== attempt 4 ===\nof the third\n',
  )
  expect(readPatch(path)).toBe('of the first\nof the second\nof the third\n')
})

test.skipIf(process.platform === 'win32')('only the owner may read it', () => {
  const path = join(folder, 'r1.patch')
  addPatch(path, 1, 'secret')
  expect(statSync(path).mode & 0o777).toBe(0o600)
})

test('an attempt that changed nothing makes no file', () => {
  addPatch(join(folder, 'runs', 'r1.patch'), 1, '')
  expect(statSync(join(folder, 'runs'), { throwIfNoEntry: false })).toBeUndefined()
})

test('a file that cannot be written or read costs its text and nothing else', () => {
  writeFileSync(join(folder, 'file'), 'in the way')
  mkdirSync(join(folder, 'folder.patch'))
  for (const path of [join(folder, 'file', 'r1.patch'), join(folder, 'folder.patch')]) {
    addPatch(path, 1, 'lost')
    expect(readPatch(path)).toBe('')
  }
})
