import { appendFile, mkdtemp, rename, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest'
import { until } from '../../test/helpers/until.ts'
import { followLines, linesFromEnd, linesOf } from './tail.ts'

let directory: string
let path: string

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tail-'))
  path = join(directory, 'log')
})

afterEach(() => rm(directory, { recursive: true }))

function lastLines(file: string, count: number): string[] {
  const lines: string[] = []
  for (const line of linesFromEnd(file)) {
    if (lines.length === count) break
    lines.unshift(line)
  }
  return lines
}

test('the last lines come from the end of the file, whole, in order, with or without a last newline', async () => {
  const lines = Array.from({ length: 20_000 }, (_, index) => `${index} ünïcödé ${'x'.repeat(index % 50)}`)
  await writeFile(path, `${lines.join('\n')}\n`)
  for (const count of [1, 2, 1_500, 19_999, 20_000, 30_000]) expect(lastLines(path, count)).toEqual(lines.slice(-count))
  expect(lastLines(path, 0)).toEqual([])

  await appendFile(path, 'torn')
  expect(lastLines(path, 2)).toEqual([lines.at(-1), 'torn'])
})

test('lines longer than what is read at once, empty lines and an empty file are read', async () => {
  const long = 'y'.repeat(200_000)
  await writeFile(path, `${long}\n\n${long}z\n`)
  expect(lastLines(path, 2)).toEqual(['', `${long}z`])
  expect(lastLines(path, 3)).toEqual([long, '', `${long}z`])

  await writeFile(path, '')
  expect(lastLines(path, 3)).toEqual([])
})

test('a file that is not there has no lines; anything else that hinders reading is an error', () => {
  expect(lastLines(path, 5)).toEqual([])
  expect(() => lastLines(directory, 5)).toThrow('EISDIR')
})

/** Follows the file in the background. */
function follow(options: { fromEnd?: boolean; losesMiddle?: boolean; until?: AbortSignal } = {}) {
  const lines: string[] = []
  const stop = new AbortController()
  const ended = (async () => {
    for await (const line of followLines(path, { signal: stop.signal, ...options })) lines.push(line)
  })()
  onTestFinished(async () => {
    stop.abort()
    await ended
  })
  return { lines, stop, ended }
}

test('following begins with all lines or with none, and yields a line when it has its end', async () => {
  await writeFile(path, 'one\ntwo\nthree\n')
  const [all, none] = [follow(), follow({ fromEnd: true })]
  await until(() => expect(all.lines).toEqual(['one', 'two', 'three']))
  await appendFile(path, 'fo')
  await appendFile(path, 'ur\nfi')
  await until(() => expect(all.lines).toEqual(['one', 'two', 'three', 'four']))
  await until(() => expect(none.lines).toEqual(['four']))
})

test('following goes on through rotation, deletion and truncation, and loses nothing that was written before', async () => {
  const { lines } = follow()
  await writeFile(path, 'late\n')
  await until(() => expect(lines).toEqual(['late']))

  await appendFile(path, 'before rotation\ntorn')
  await rename(path, `${path}.1`)
  await writeFile(path, 'after rotation\n')
  await until(() => expect(lines.slice(1)).toEqual(['before rotation', 'torn', 'after rotation']))

  await rm(path)
  await writeFile(path, 'made again\n')
  await until(() => expect(lines.slice(4)).toEqual(['made again']))

  await truncate(path)
  await appendFile(path, 'cut\n')
  await until(() => expect(lines.slice(5)).toEqual(['cut']))
})

test('an abort ends the iteration without an error', async () => {
  const { stop, ended, lines } = follow()
  stop.abort()
  await ended
  expect(lines).toEqual([])
})

test('a line without end is cut, from either end of a file', async () => {
  const longest = 1024 * 1024
  await writeFile(path, `first\n${'x'.repeat(3 * longest)}\nlast\n`)
  const cut = `${'x'.repeat(longest)} …[line cut]`
  expect([...linesOf(path)]).toEqual(['first', cut, 'last'])
  expect([...linesFromEnd(path)]).toEqual(['last', cut, 'first'])
})

test('no more of a file is read from its end than was asked for', async () => {
  await writeFile(path, 'x\n'.repeat(500_000))
  expect([...linesFromEnd(path, 100_000)].length).toBeLessThan(100_000)
})

test('a file that loses its middle is followed from its end', async () => {
  await writeFile(path, 'old\n'.repeat(10_000))
  const { lines } = follow({ losesMiddle: true })
  await until(() => expect(lines.length).toBe(10_000))
  await truncate(path, 400)
  // What came before the file was looked at again is not told.
  let count = 0
  await until(async () => {
    count += 1
    await appendFile(path, `new ${count}\n`)
    expect(lines.at(-1)).toMatch(/^new/)
  })
  expect(lines.slice(10_000).every((line) => line.startsWith('new'))).toBe(true)
})

test('what is there when the end is told is still read', async () => {
  const end = new AbortController()
  const { lines, ended } = follow({ until: end.signal })
  await writeFile(path, 'one\ntorn')
  end.abort()
  await ended
  expect(lines).toEqual(['one', 'torn'])
})
