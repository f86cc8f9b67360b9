import { expect, test } from 'vitest'
import { oneLine, pad, printableLines, shorten, width } from './text.ts'

test.each([
  ['plain', 5],
  ['é', 1],
  ['e\u0301', 1],
  ['登录', 4],
  ['ｆ', 2],
  ['🚀', 2],
  ['👩‍👩‍👧', 2],
  ['👍🏽', 2],
  ['🇩🇪', 2],
  ['❤️', 2],
  ['✔ … →', 5],
  ['', 0],
])('%j takes %i columns', (text, columns) => {
  expect(width(text)).toBe(columns)
})

test('a text that fits stays as it is, and one that does not ends in …', () => {
  expect(shorten('exactly', 7)).toBe('exactly')
  expect(shorten('too long', 7)).toBe('too lo…')
  expect(shorten('登录超时', 7)).toBe('登录超…')
  expect(shorten('登录超时', 6)).toBe('登录…')
  expect(shorten('cut here', 5)).toBe('cut…')
  expect(shorten('anything', 0)).toBe('')
  expect(width(shorten('👩‍👩‍👧'.repeat(50), 20))).toBeLessThanOrEqual(20)
})

test('padding counts columns, not characters', () => {
  expect([pad('登', 4), pad('登', 4, 'right'), pad('long', 2)]).toEqual(['登  ', '  登', 'long'])
})

test('text of others cannot steer the terminal', () => {
  expect(oneLine('a\u001b[31mb\r\n\tc\u202ed')).toBe('a [31mb cd')
  expect(printableLines('one\u001b[2J\r\n\ttwo \u0007\n\nthree')).toEqual(['one[2J', '  two', '', 'three'])
})
