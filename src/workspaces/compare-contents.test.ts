import { expect, test } from 'vitest'
import { compareContents } from './compare-contents.ts'

const numbered = (mark: string, count: number) => Buffer.from(Array.from({ length: count }, (_, index) => `${mark}${index}\n`).join(''))

test('texts that differ too much have no counted lines', () => {
  expect(compareContents({ path: 'x', before: numbered('a', 5000), after: numbered('b', 5000) })).toEqual({
    file: { path: 'x', change: 'modified', lines_added: null, lines_removed: null },
    patch: 'Files a/x and b/x differ\n',
  })
})

test('a long text with a small difference is compared, and one that came or went as a whole', () => {
  const long = numbered('a', 20_000)
  const more = Buffer.concat([long, Buffer.from('more')])
  const counts = [
    compareContents({ path: 'x', before: long, after: more }),
    compareContents({ path: 'x', before: null, after: more }),
    compareContents({ path: 'x', before: more, after: null }),
  ].map(({ file }) => [file.change, file.lines_added, file.lines_removed])
  expect(counts).toEqual([
    ['modified', 1, 0],
    ['added', 20_001, 0],
    ['deleted', 0, 20_001],
  ])
})

test('an empty file that came has no lines', () => {
  expect(compareContents({ path: 'x', before: null, after: Buffer.alloc(0) })).toEqual({
    file: { path: 'x', change: 'added', lines_added: 0, lines_removed: 0 },
    patch: '--- /dev/null\n+++ b/x\n',
  })
})
