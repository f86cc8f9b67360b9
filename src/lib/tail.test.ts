import { appendFile, mkdtemp, rename, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest'
import { until } from '../../test/helpers/until.ts'
import { followLines, readLastLines } from './tail.ts'

let directory: string
let path: string

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tail-'))
  path = join(directory, 'log')
})

afterEach(() => rm(directory, { recursive: true }))

test('the last lines come from the end of the file, whole, in order, with or without a last newline', async () => {
  const lines = Array.from({ length: 20_000 }, (_, index) => `${index} ünïcödé ${'x'.repeat(index % 50)}`)
  await writeFile(path, `${lines.join('\n')}\n`)
  for (const count of [1, 2, 1_500, 19_999, 20_000, 30_000]) expect(readLastLines(path, count)).toEqual(lines.slice(-count))
  expect(readLastLines(path, 0)).toEqual([])

  await appendFile(path, 'torn')
  expect(readLastLines(path, 2)).toEqual([lines.at(-1), 'torn'])
})

test('lines longer than what is read at once, empty lines and an empty file are read', async () => {
  const long = 'y'.repeat(200_000)
  await writeFile(path, `${long}\n\n${long}z\n`)
  expect(readLastLines(path, 2)).toEqual(['', `${long}z`])
  expect(readLastLines(path, 3)).toEqual([long, '', `${long}z`])

  await writeFile(path, '')
  expect(readLastLines(path, 3)).toEqual([])
})

test('a file that is not there has no lines; anything else that hinders reading is an error', () => {
  expect(readLastLines(path, 5)).toEqual([])
  expect(() => readLastLines(directory, 5)).toThrow('EISDIR')
})

/** Follows the file in the background. */
function follow(fromEnd?: boolean | number) {
  const lines: string[] = []
  const stop = new AbortController()
  const ended = (async () => {
    for await (const line of followLines(path, { signal: stop.signal, ...(fromEnd === undefined ? {} : { fromEnd }) })) lines.push(line)
  })()
  onTestFinished(async () => {
    stop.abort()
    await ended
  })
  return { lines, stop, ended }
}

test('following begins with all lines, with the last so many or with none, and yields a line when it has its end', async () => {
  await writeFile(path, 'one\ntwo\nthree\n')
  const [all, last, none] = [follow(), follow(2), follow(true)]
  await until(() => expect(all.lines).toEqual(['one', 'two', 'three']))
  await appendFile(path, 'fo')
  await appendFile(path, 'ur\nfi')
  await until(() => expect(all.lines).toEqual(['one', 'two', 'three', 'four']))
  await until(() => expect(last.lines).toEqual(['two', 'three', 'four']))
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
