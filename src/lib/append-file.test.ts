import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest'
import { until } from '../../test/helpers/until.ts'
import { AppendFile, type AppendFileOptions } from './append-file.ts'

let directory: string
let path: string
let problems: string[]

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'append-'))
  path = join(directory, 'sub', 'log.ndjson')
  problems = []
})

afterEach(() => rm(directory, { recursive: true, force: true }))

function open(options: Partial<AppendFileOptions> = {}, at = path): AppendFile {
  const file = new AppendFile(at, { maxBytes: 1_000_000, keep: 3, onProblem: (message) => problems.push(message), retryMs: 10, ...options })
  onTestFinished(() => file[Symbol.asyncDispose]())
  return file
}

const read = (at = path) => readFile(at, 'utf8')

test('a line is in the file when append returns, and a flush settles', async () => {
  const file = open()
  file.append('one')
  expect(await read()).toBe('one\n')
  file.append('zwei ✓')
  await Promise.all([file.flush(), file.flush()])
  expect(await read()).toBe('one\nzwei ✓\n')
  expect(problems).toEqual([])
})

test('a line that a crash tore is ended when the file is opened', async () => {
  await open().append('whole')
  await appendFile(path, '{"torn')
  open().append('next')
  expect(await read()).toBe('whole\n{"torn\nnext\n')
})

test('a full file is numbered, the last few are kept, and the path is always the current one', async () => {
  const file = open({ maxBytes: 20, keep: 2 })
  for (let line = 1; line <= 9; line += 1) file.append(`line ${line} ....`)
  await file.flush()
  expect((await readdir(join(directory, 'sub'))).sort()).toEqual(['log.1.ndjson', 'log.2.ndjson', 'log.ndjson'])
  expect(await Promise.all([path, join(directory, 'sub', 'log.1.ndjson'), join(directory, 'sub', 'log.2.ndjson')].map(read))).toEqual([
    'line 9 ....\n',
    'line 7 ....\nline 8 ....\n',
    'line 5 ....\nline 6 ....\n',
  ])
})

test('the file and its directory are made again when they are deleted while it is open', async () => {
  const file = open()
  file.append('one')
  await rm(path)
  file.append('two')
  expect(await read()).toBe('two\n')
  await rm(join(directory, 'sub'), { recursive: true })
  file.append('three')
  expect(await read()).toBe('three\n')
  await file.flush()
  expect(problems).toEqual([])
})

test('while writing fails lines wait in memory, the problem is told once, and all are written when it works again', async () => {
  await writeFile(join(directory, 'sub'), 'a file where the directory should be')
  const file = open()
  for (const line of ['one', 'two', 'three']) file.append(line)
  await file.flush()
  expect(problems).toEqual([expect.stringMatching(/log\.ndjson cannot be written: (ENOTDIR|EEXIST)/)])

  await rm(join(directory, 'sub'))
  await until(async () => expect(await read()).toBe('one\ntwo\nthree\n'))
  file.append('four')
  expect(await read()).toBe('one\ntwo\nthree\nfour\n')
  expect(problems).toHaveLength(1)
})

test('only so many lines wait in memory; how many were lost is told when it works again', async () => {
  await writeFile(join(directory, 'sub'), '')
  const file = open({ maxPending: 2 })
  for (const line of ['one', 'two', 'three', 'four']) file.append(line)
  await rm(join(directory, 'sub'))
  await until(async () => expect(await read()).toBe('one\ntwo\n'))
  expect(problems.slice(1)).toEqual([`${path} can be written again; 2 lines were lost`])
})

test('closing tries once more, and tells what is lost', async () => {
  await writeFile(join(directory, 'sub'), '')
  const file = open({ retryMs: 600_000 })
  file.append('one')
  await file[Symbol.asyncDispose]()
  expect(problems.slice(1)).toEqual([`${path}: 1 lines are lost`])
  expect(() => file.append('two')).toThrow('is closed')
})

test.skipIf(process.platform !== 'linux')('a full device is a problem that is told, not thrown', async () => {
  const file = open({}, '/dev/full')
  file.append('one')
  expect(problems).toEqual([expect.stringContaining('ENOSPC')])
})
