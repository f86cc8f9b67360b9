import fc from 'fast-check'
import { expect, test } from 'vitest'
import { leaked } from '../../test/helpers/leaked.ts'
import { SECRET_EXAMPLES } from '../../test/helpers/secret-examples.ts'
import { maskShapes } from './redact.ts'
import { replaceShapes, SHAPE_NAMES } from './secret-shapes.ts'

const random = fc.infiniteStream(fc.nat()).map((numbers) => (characters: string, count: number) => {
  let text = ''
  while (text.length < count) text += characters[(numbers.next().value ?? 0) % characters.length]
  return text
})
const around = fc.constantFrom('', 'it is ', 'log: ', '\n', '"', "'", '(', '> ')

test.each(SHAPE_NAMES)('a secret of the shape %s comes through in no text, nor in JSON however deep', (name) => {
  fc.assert(
    fc.property(random, around, fc.integer({ min: 0, max: 3 }), (pick, before, depth) => {
      const { text, secret } = SECRET_EXAMPLES[name](pick)
      let whole = `${before}${text} and more`
      for (let level = 0; level < depth; level++) whole = JSON.stringify({ text: whole })
      const masked = maskShapes(whole)
      expect(leaked(masked, secret), masked).toBeUndefined()
      if (depth > 0) expect(() => JSON.parse(masked)).not.toThrow()
    }),
    { numRuns: 40 },
  )
})

test('a password in an address may hold what parts addresses, and ends before the next address', () => {
  expect(maskShapes('postgres://me:x7QXmh3R//?CYs6WP#gKz@db.example/app')).toBe('postgres://me:[redacted]@db.example/app')
  expect(maskShapes('a://b:c1d2e3f4 and a://b:c1d2://e:f3g4h5@host')).toBe('a://b:c1d2e3f4 and a://b:c1d2://e:[redacted]@host')
  expect(maskShapes('see http://host:8080//docs/@scope/name')).toBe('see http://host:8080//docs/@scope/name')
})

test('a text of many megabytes is looked through in pieces, without a break in a line, and however long its words are', () => {
  const word = 'x'.repeat(33 * 1024 * 1024)
  expect(replaceShapes(word, '*')).toHaveLength(word.length)
  const line = `Authorization: Bearer ${'a1B2'.repeat(10)}\n`
  const text = `${'y'.repeat(1024 * 1024 - 30)}\n${line.repeat(30_000)}`
  expect(replaceShapes(text, '*')).not.toContain('a1B2')
})
