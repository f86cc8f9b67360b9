import { expect, test } from 'vitest'
import { safeName } from './safe-name.ts'

test.each([
  ['notes.txt', 'notes.txt'],
  ['../../etc/passwd', 'passwd'],
  ['C:\\Users\\me\\Désiré.png', 'Desire.png'],
  ['.bashrc', 'bashrc'],
  ['a b\n<b>.md', 'a_b_b_.md'],
  ['NUL.txt', 'file_NUL.txt'],
  ['日本', 'file'],
  ['', 'file'],
  ['..', 'file'],
  [`${'x'.repeat(200)}.json`, `${'x'.repeat(75)}.json`],
])('%j becomes %s', (name, expected) => {
  expect(safeName(name)).toBe(expected)
})
