import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { until } from '../../test/helpers/until.ts'
import { Transcript } from './transcript.ts'

let directory: string
let path: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'transcript-'))
  path = join(directory, 'runs', 'r1.ndjson')
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

const asIs = (line: string) => line
const content = () => readFileSync(path, 'utf8')

test('lines of all attempts stand in one file, secrets masked', () => {
  const first = new Transcript(path, (line) => line.replace('hunter2', '[redacted]'))
  first.write('{"a":"hunter2"}')
  first.write('日本')
  first.close()
  const second = new Transcript(path, asIs)
  second.write('two')
  second.close()
  expect(content()).toBe('{"a":"[redacted]"}\n日本\ntwo\n')
  expect(first.problem).toBeUndefined()
})

test('a line is written soon, without waiting for the end', async () => {
  const transcript = new Transcript(path, asIs)
  transcript.write('early')
  await until(() => expect(content()).toBe('early\n'))
  transcript.close()
})

test('what is longer than it may be is cut, and says so', () => {
  const transcript = new Transcript(path, asIs, 12)
  for (const line of ['12345', '67890', 'x', 'y']) transcript.write(line)
  transcript.close()
  expect(content()).toBe('12345\n67890\n[… the rest is not kept]\n')
})

test('an agent that says nothing has no transcript', () => {
  new Transcript(path, asIs).close()
  expect(content).toThrow('ENOENT')
})

test('a line that was torn in an earlier attempt is ended first', () => {
  path = join(directory, 'r1.ndjson')
  writeFileSync(path, 'whole\nto')
  const transcript = new Transcript(path, asIs)
  transcript.write('next')
  transcript.close()
  expect(content()).toBe('whole\nto\nnext\n')
})

test.skipIf(process.platform !== 'linux')('a full disk is told, and the rest is dropped', () => {
  const transcript = new Transcript('/dev/full', asIs)
  for (let line = 0; line < 3; line += 1) transcript.write('x'.repeat(100_000))
  transcript.close()
  expect(transcript.problem).toMatch(/^The transcript is incomplete: ENOSPC/)
})
