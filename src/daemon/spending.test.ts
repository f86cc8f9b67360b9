import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Spending } from './spending.ts'

const NOON = new Date(2026, 10, 20, 12)
const NEXT_NOON = new Date(2026, 10, 21, 12)

let folder: string
let path: string
const log = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() }
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spending-'))
  path = join(folder, 'spending.json')
  log.error.mockClear()
})
afterEach(() => rm(folder, { recursive: true }))

const left = (spending: Spending, now = NOON) => spending.budget(10, 3, now).leftUsd

test('what is set aside is gone for others, until what was spent stands in its place', () => {
  const spending = new Spending(path, log)
  expect(spending.budget(10, 3, NOON)).toEqual({ limitUsd: 10, leftUsd: 10, freeSlots: 3, until: new Date(2026, 10, 21).getTime() })
  spending.setAside('a', 3, NOON)
  spending.setAside('b', 4, NOON)
  expect(left(spending)).toBe(3)
  spending.spent('a', 0.5, NOON)
  expect(left(spending)).toBe(5.5)
  spending.spent('b', 0, NOON)
  expect(left(spending)).toBe(9.5)
})

test('more than was set aside may be spent, and the day then owes', () => {
  const spending = new Spending(path, log)
  spending.setAside('a', 1, NOON)
  spending.spent('a', 10.5, NOON)
  expect(left(spending)).toBe(-0.5)
})

test('what the day has spent outlives the daemon, and ends with the day', () => {
  const spending = new Spending(path, log)
  spending.spent('a', 4, NOON)
  const next = new Spending(path, log)
  expect([left(next), left(next, NEXT_NOON)]).toEqual([6, 10])
})

test('what was set aside for what a killed daemon ran counts as spent, once', () => {
  const spending = new Spending(path, log)
  spending.spent('a', 1, NOON)
  spending.setAside('b', 5, NOON)
  spending.setAside('c', 2, NOON)
  spending.spent('c', 0.5, NOON)
  for (let start = 0; start < 2; start++) expect(left(new Spending(path, log))).toBe(3.5)
  const next = new Spending(path, log)
  next.setAside('b', 1, NOON)
  next.spent('b', 0, NOON)
  expect([left(next), left(new Spending(path, log)), left(next, NEXT_NOON)]).toEqual([3.5, 3.5, 10])
})

test('what begins on one day and ends on the next is of the next', () => {
  const spending = new Spending(path, log)
  spending.spent('a', 4, NOON)
  spending.setAside('b', 5, NOON)
  expect(left(spending, NEXT_NOON)).toBe(5)
  spending.spent('b', 2, NEXT_NOON)
  expect(left(spending, NEXT_NOON)).toBe(8)
  spending.spent('c', 1, NEXT_NOON)
  expect([left(spending, NEXT_NOON), left(new Spending(path, log), NEXT_NOON)]).toEqual([7, 7])
})

test.each([
  ['torn', '{"day":"2026-1'],
  ['of another form', '{"day":"2026-11-20","usd":-4}'],
])('a file that is %s counts from now on', async (_what, text) => {
  await writeFile(path, text)
  expect(left(new Spending(path, log))).toBe(10)
})

test('a disk that refuses the file is told to the log, and the sum stands all the same', () => {
  const spending = new Spending(join(folder, 'gone', 'spending.json'), log)
  spending.setAside('a', 3, NOON)
  spending.spent('a', 2, NOON)
  expect(left(spending)).toBe(8)
  expect(log.error).toHaveBeenCalledTimes(2)
})

test('what cost nothing writes nothing', async () => {
  new Spending(path, log).spent('a', 0, NOON)
  expect(await readdir(folder)).toEqual([])
})
