import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { ODD_THINGS } from '../../test/helpers/odd-files.ts'
import { removeFile, replaceFile, writeDurable } from './atomic-file.ts'
import { onOddState, readState, readStateText, setAside } from './read-state.ts'

const FORM = z.strictObject({ id: z.string() })
const told = vi.fn()
let folder: string
let listening: Disposable

beforeEach(() => {
  told.mockReset()
  folder = mkdtempSync(join(tmpdir(), 'orc-state-'))
  listening = onOddState(told)
})
afterEach(() => {
  listening[Symbol.dispose]()
  rmSync(folder, { recursive: true, force: true })
})

test('what is as it should be is read; what is missing is undefined and not worth a word', () => {
  writeFileSync(join(folder, 'a.json'), '{"id":"x"}')
  expect(readState(join(folder, 'a.json'), FORM)).toEqual({ id: 'x' })
  expect(readState(join(folder, 'b.json'), FORM)).toBeUndefined()
  expect(readState(join(folder, 'a.json', 'below'), FORM)).toBeUndefined()
  expect(told).not.toHaveBeenCalled()
})

test.each(Object.entries(ODD_THINGS))('%s counts as missing, which is told once', (_what, make) => {
  const path = join(folder, 'a.json')
  make(path)
  expect([readState(path, FORM), readState(path, FORM)]).toEqual([undefined, undefined])
  expect(told).toHaveBeenCalledExactlyOnceWith(expect.stringContaining(`${path}: `))
})

test.each(Object.entries(ODD_THINGS))(
  '%s is written over, or moved away with all that is in it, and nothing outside is touched',
  async (_what, make) => {
    const outside = join(folder, 'outside')
    writeFileSync(outside, 'kept')
    for (const write of [(path: string) => replaceFile(path, 'new'), (path: string) => writeDurable(path, 'new')]) {
      const path = join(mkdtempSync(join(folder, 'in-')), 'a.json')
      make(path)
      await write(path)
      expect(readFileSync(path, 'utf8')).toBe('new')
      const odd = readdirSync(join(path, '..')).filter((name) => name !== 'a.json')
      if (odd.length > 0) expect(readdirSync(join(path, '..', odd[0] ?? ''))).toEqual(['of-somebody.txt'])
    }
    const gone = join(folder, 'b.json')
    make(gone)
    removeFile(gone)
    expect(readdirSync(folder)).not.toContain('b.json')
    expect(readFileSync(outside, 'utf8')).toBe('kept')
  },
)

test('a link is followed only where its owner may keep the file elsewhere, and then to a regular file alone', () => {
  writeFileSync(join(folder, 'real'), 'A=1')
  symlinkSync(join(folder, 'real'), join(folder, 'link'))
  symlinkSync('/dev/zero', join(folder, 'zero'))
  expect(readStateText(join(folder, 'link'))).toBeUndefined()
  expect(readStateText(join(folder, 'link'), { links: true })).toBe('A=1')
  expect(readStateText(join(folder, 'zero'), { links: true })).toBeUndefined()
})

test('a directory is moved to a name that nothing has', () => {
  for (const _ of [1, 2]) {
    mkdirSync(join(folder, 'a'))
    expect(setAside(join(folder, 'a'))).toBe(true)
  }
  expect(setAside(join(folder, 'a'))).toBe(false)
  expect(readdirSync(folder).sort()).toEqual(['a.odd', 'a.odd.2'])
})
