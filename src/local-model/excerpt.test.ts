import { expect, test } from 'vitest'
import { excerpt, excerpts } from './excerpt.ts'

test('a text that fits is whole, of another the beginning and the end are kept', () => {
  expect(excerpt('abcdef', 6)).toBe('abcdef')
  expect(excerpt('abcdefg', 4)).toBe('ab\n[…]\nfg')
  expect(excerpt('abc', 0)).toBe('\n[…]\n')
})

test('short texts leave to long ones what they do not need', () => {
  expect(excerpts(['a'.repeat(100), 'b', 'c'.repeat(100)], 41)).toEqual([
    `${'a'.repeat(10)}\n[…]\n${'a'.repeat(10)}`,
    'b',
    `${'c'.repeat(10)}\n[…]\n${'c'.repeat(10)}`,
  ])
  expect(excerpts([], 10)).toEqual([])
})
