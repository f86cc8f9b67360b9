import { expect, test } from 'vitest'
import { dotenvLine, parseDotenv } from './dotenv.ts'

test('every form of an assignment is read, with the line on which it begins', () => {
  const text = [
    '\uFEFF# a comment',
    'PLAIN=value',
    'export EXPORTED = with spaces   # and a comment',
    'HASH=a#b',
    'EMPTY=',
    'ONLY_COMMENT= # nothing',
    String.raw`DOUBLE="a\tb \"quoted\" \\ # kept C:\Users" # comment`,
    String.raw`SINGLE='raw \n $HOME "x"'`,
    'LINES="one',
    'two"',
    "BLOCK='",
    "x'",
    '   INDENTED=1',
    'EQUALS=a=b',
  ]
  const { entries, problems } = parseDotenv(text.join('\r\n'))

  expect(problems).toEqual([])
  expect(entries).toEqual([
    { name: 'PLAIN', value: 'value', line: 2 },
    { name: 'EXPORTED', value: 'with spaces', line: 3 },
    { name: 'HASH', value: 'a#b', line: 4 },
    { name: 'EMPTY', value: '', line: 5 },
    { name: 'ONLY_COMMENT', value: '', line: 6 },
    { name: 'DOUBLE', value: 'a\tb "quoted" \\ # kept C:\\Users', line: 7 },
    { name: 'SINGLE', value: 'raw \\n $HOME "x"', line: 8 },
    { name: 'LINES', value: 'one\ntwo', line: 9 },
    { name: 'BLOCK', value: '\nx', line: 11 },
    { name: 'INDENTED', value: '1', line: 13 },
    { name: 'EQUALS', value: 'a=b', line: 14 },
  ])
})

test('a broken line is a problem with its number, costs no other line and is not repeated in the text', () => {
  expect(parseDotenv("A=1\nsecret words\n=x\nB=\"never closed\n1C=2\nD='x' y\nE=5")).toEqual({
    entries: [
      { name: 'A', value: '1', line: 1 },
      { name: 'E', value: '5', line: 7 },
    ],
    problems: [
      { line: 2, message: 'must be NAME=value, a comment or empty' },
      { line: 3, message: 'must be NAME=value, a comment or empty' },
      { line: 4, message: 'the quote " is never closed' },
      { line: 5, message: 'must be NAME=value, a comment or empty' },
      { line: 6, message: 'only a comment may follow the closing quote' },
    ],
  })
})

test.each(['work', '~/my work', 'C:\\new\\tasks', 'a#b', ' a ', "it's", '"', 'a\nb\tc\\n', '$HOME', "'x'", 'a=b'])(
  '%j is written so that it is read back',
  (value) => {
    const { entries, problems } = parseDotenv(dotenvLine('NAME', value))
    expect({ entries, problems }).toEqual({ entries: [{ name: 'NAME', value, line: 1 }], problems: [] })
  },
)
