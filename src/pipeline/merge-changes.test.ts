import { expect, test } from 'vitest'
import type { FileChange } from '../domain/run.ts'
import { mergeChanges } from './merge-changes.ts'

function change(path: string, what: FileChange['change'], added: number | null = 0, removed: number | null = 0): FileChange {
  return { path, change: what, lines_added: added, lines_removed: removed }
}

test('an attempt that told nothing of its files changes nothing', () => {
  const earlier = [change('a', 'added', 1)]
  expect(mergeChanges(earlier, undefined)).toBe(earlier)
  expect(mergeChanges(null, undefined)).toBeNull()
})

test('what one attempt cannot tell, nobody can tell of the run', () => {
  expect(mergeChanges([change('a', 'added')], null)).toBeNull()
  expect(mergeChanges(null, [change('a', 'added')])).toBeNull()
})

test('files of different attempts are told side by side, sorted by path', () => {
  expect(
    mergeChanges([change('b', 'added', 1), change('d', 'deleted', 0, 4)], [change('c', 'modified', 2, 3), change('a', 'added', 5)]),
  ).toEqual([change('a', 'added', 5), change('b', 'added', 1), change('c', 'modified', 2, 3), change('d', 'deleted', 0, 4)])
})

test.each<[string, FileChange, FileChange, FileChange | undefined]>([
  ['added, then modified, is added', change('a', 'added', 10), change('a', 'modified', 2, 1), change('a', 'added', 11)],
  ['modified twice is modified', change('a', 'modified', 3, 1), change('a', 'modified', 1, 3), change('a', 'modified', 4, 4)],
  ['modified, then deleted, is deleted', change('a', 'modified', 3, 1), change('a', 'deleted', 0, 9), change('a', 'deleted', 0, 7)],
  ['deleted, then added, is modified', change('a', 'deleted', 0, 9), change('a', 'added', 8, 0), change('a', 'modified', 8, 9)],
  ['added, then deleted, was never there', change('a', 'added', 3), change('a', 'deleted', 0, 3), undefined],
])('a file that was %s', (_what, before, after, merged) => {
  expect(mergeChanges([before], [after])).toEqual(merged === undefined ? [] : [merged])
})

test('no count falls below zero where somebody else wrote the file between two attempts', () => {
  expect(mergeChanges([change('a', 'added', 5)], [change('a', 'modified', 1, 40)])).toEqual([change('a', 'added', 0)])
  expect(mergeChanges([change('a', 'modified', 50, 1)], [change('a', 'deleted', 0, 9)])).toEqual([change('a', 'deleted', 0, 0)])
})

test('lines that could not be counted once are not counted at all', () => {
  expect(mergeChanges([change('a', 'modified', null, null)], [change('a', 'modified', 1, 2)])).toEqual([
    change('a', 'modified', null, null),
  ])
  expect(mergeChanges([change('a', 'modified', 1, 2)], [change('a', 'modified', null, null)])).toEqual([
    change('a', 'modified', null, null),
  ])
})
