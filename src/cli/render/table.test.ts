import { expect, test } from 'vitest'
import { withTags } from '../../../test/helpers/cli-context.ts'
import { createStyle } from './style.ts'
import { table } from './table.ts'
import { width } from './text.ts'

const wide = { columns: Number.POSITIVE_INFINITY }

test('columns are aligned, wide characters too, and empty columns are left out with their titles', () => {
  const rows = [
    ['fix-login', '', '9s', '登录超时'],
    ['a', '', '12s', 'docs'],
  ]
  expect(table(rows, { ...wide, header: ['ID', 'NOTHING', 'AGE', 'TITLE'], right: [2] })).toEqual([
    'ID         AGE  TITLE',
    'fix-login   9s  登录超时',
    'a          12s  docs',
  ])
})

test('colours do not count, and end before the padding', () => {
  const { green } = createStyle(true)
  const [line] = table(
    [
      [{ text: 'ok', paint: green }, 'next'],
      ['longer', 'next'],
    ],
    wide,
  )
  expect(withTags(line ?? '')).toBe('<green>ok</>      next')
})

test('where rows are too wide the widest of the flexible columns gives way first, down to 8 columns', () => {
  const rows = [['x'.repeat(30), 'fixed', 'y'.repeat(20)]]
  const at = (columns: number) => table(rows, { columns, flexible: [0, 2] })
  expect(at(59)).toEqual([`${'x'.repeat(30)}  fixed  ${'y'.repeat(20)}`])
  expect(at(51)).toEqual([`${'x'.repeat(21)}…  fixed  ${'y'.repeat(20)}`])
  expect(at(33)).toEqual([`${'x'.repeat(11)}…  fixed  ${'y'.repeat(11)}…`])
  expect(at(10)).toEqual([`${'x'.repeat(7)}…  fixed  ${'y'.repeat(7)}…`])
})

test('the last column gives way by default', () => {
  const [line = ''] = table([['id', 'a long title that goes on']], { columns: 20, indent: '  ' })
  expect([line, width(line)]).toEqual(['  id  a long title…', 19])
})

test('no rows are no lines', () => {
  expect(table([], wide)).toEqual([])
})

test('a row is one line off a terminal too, uncut, whatever breaks stand in its texts', () => {
  const text = `one\r\ntwo\n\n${'word '.repeat(1_000)}\u2028end`
  const lines = table(
    [
      ['a\nb', text],
      ['c', 'd'],
    ],
    { columns: Number.POSITIVE_INFINITY },
  )
  expect(lines).toEqual([`a b  one two ${'word '.repeat(1_000)}end`, 'c    d'])
})
