import { expect, test } from 'vitest'
import { cutTo, oneLine, printable } from './printable.ts'

test('colours, bells and turned writing are gone, lines and tabs are kept', () => {
  expect(printable('\u001b[31mred\u001b[0m\u0007\r\n\t\u202ethgir\u202c \u009b1mtext')).toBe('red\n\tthgir text')
})

test('one line is made of many, and cut where it is too long', () => {
  expect(oneLine('  Stopped after\n  300 s.\u0000 ', 50)).toBe('Stopped after 300 s.')
  expect(oneLine('word '.repeat(1_000_000), 12)).toBe('word word w…')
})

test('no character is halved', () => {
  expect(cutTo('abc', 3)).toBe('abc')
  expect(cutTo('ab😀d', 4)).toBe('ab…')
  expect(cutTo('ab😀d', 5)).toBe('ab😀d')
})
