import { expect, test } from 'vitest'
import { editDotenv } from './edit-dotenv.ts'

test.each([
  ['', 'A=1\n'],
  ['# mine\nB=2\n', '# mine\nB=2\nA=1\n'],
  ['A=old # note\nB=2', 'A=1\nB=2\n'],
  ['export A=old\nA=newer\n', 'export A=old\nA=1\n'],
  ['#A=old\n', '#A=old\nA=1\n'],
  ['A=old\r\nB=2\r\n', 'A=1\r\nB=2\n'],
])('%j becomes %j', (text, expected) => {
  expect(editDotenv(text, { A: '1' })).toBe(expected)
})
