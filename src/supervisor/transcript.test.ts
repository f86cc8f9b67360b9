import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { until } from '../../test/helpers/until.ts'
import { TEXT_MARK, Transcript } from './transcript.ts'

let directory: string
let path: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'transcript-'))
  path = join(directory, 'runs', 'r1.ndjson')
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

const content = () => readFileSync(path, 'utf8')

test('lines of all attempts stand in one file', () => {
  const first = new Transcript(path)
  first.write('{"a":1}')
  first.write('日本')
  first.close()
  const second = new Transcript(path)
  second.write('two')
  second.close()
  expect(content()).toBe('{"a":1}\n日本\ntwo\n')
  expect(first.problem).toBeUndefined()
})

test('a line is written soon, without waiting for the end', async () => {
  const transcript = new Transcript(path)
  transcript.write('early')
  await until(() => expect(content()).toBe('early\n'))
  transcript.close()
})

const SMALL = { most: 4_000, head: 1_000, tail: 1_000, longestLine: 500 }

test('of an output without end the beginning and the end are kept, and in between how much is missing', () => {
  const transcript = new Transcript(path, undefined, SMALL)
  const count = 30_000
  let bytes = 0
  for (let index = 0; index < count; index += 1) {
    const line = JSON.stringify({ type: 'user', index })
    bytes += line.length + 1
    transcript.write(line)
  }
  transcript.close()
  const lines = content().trimEnd().split('\n')
  expect(content().length).toBeLessThan(SMALL.most)
  const read = lines.map((line) => JSON.parse(line))
  const marks = read.filter(({ type }) => type === 'orchestrator')
  const kept = read.filter(({ type }) => type === 'user')
  expect(kept[0]).toEqual({ type: 'user', index: 0 })
  expect(kept.at(-1)).toEqual({ type: 'user', index: count - 1 })
  const left = kept.reduce((sum, line) => sum + JSON.stringify(line).length + 1, 0)
  expect(marks).toEqual([{ type: 'orchestrator', subtype: 'cut', omitted_lines: count - kept.length, omitted_bytes: bytes - left }])
})

test('a later attempt goes on counting what an earlier one left out', () => {
  for (let attempt = 0; attempt < 2; attempt += 1) {
    const transcript = new Transcript(path, TEXT_MARK, SMALL)
    for (let index = 0; index < 10_000; index += 1) transcript.write(`${attempt} ${index}`)
    transcript.close()
  }
  const lines = content().trimEnd().split('\n')
  const [, omitted] = /^\[… (\d+) lines, \d+ bytes left out here\]$/.exec(lines.find((line) => line.startsWith('[')) ?? '') ?? []
  expect(Number(omitted) + lines.length - 1).toBe(20_000)
  expect([lines[0], lines.at(-1)]).toEqual(['0 0', '1 9999'])
})

test('a line that is too long is left out, and the file stays one of JSON', () => {
  const transcript = new Transcript(path, undefined, SMALL)
  for (const line of ['{}', JSON.stringify('x'.repeat(600)), '{}']) transcript.write(line)
  transcript.close()
  expect(content()).toBe('{}\n{"type":"orchestrator","subtype":"cut","omitted_lines":1,"omitted_bytes":602}\n{}\n')
})

test('an agent that says nothing has no transcript', () => {
  new Transcript(path).close()
  expect(content).toThrow('ENOENT')
})

test('a line that was torn in an earlier attempt is ended first', () => {
  path = join(directory, 'r1.ndjson')
  writeFileSync(path, 'whole\nto')
  const transcript = new Transcript(path)
  transcript.write('next')
  transcript.close()
  expect(content()).toBe('whole\nto\nnext\n')
})

test.skipIf(process.platform !== 'linux')('a full disk is told, and the rest is dropped', () => {
  const transcript = new Transcript('/dev/full')
  for (let line = 0; line < 3; line += 1) transcript.write('x'.repeat(100_000))
  transcript.close()
  expect(transcript.problem).toMatch(/^The transcript is incomplete: ENOSPC/)
})
