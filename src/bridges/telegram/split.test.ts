import fc from 'fast-check'
import { expect, test } from 'vitest'
import { splitText } from './split.ts'

test('text is cut at line ends, else at spaces, else anywhere', () => {
  expect(splitText('one two\nthree four\nfive', 12)).toEqual(['one two', 'three four', 'five'])
  expect(splitText('one two three four', 10)).toEqual(['one two', 'three four'])
  expect(splitText('abcdefghij', 4)).toEqual(['abcd', 'efgh', 'ij'])
  expect(splitText('short')).toEqual(['short'])
  expect(splitText(' \n ')).toEqual([])
})

test('no part is too long, no character is cut in two, and nothing but blanks at edges is lost', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('a', '\n', ' ', '😀', 'ü'), maxLength: 400 }),
      fc.integer({ min: 4, max: 50 }),
      (text, most) => {
        const parts = splitText(text, most)
        for (const part of parts) {
          expect(part.length).toBeLessThanOrEqual(most)
          expect(part).not.toMatch(/\p{Cs}/u)
        }
        expect(parts.join('').replace(/\s/g, '')).toBe(text.replace(/\s/g, ''))
      },
    ),
  )
})
