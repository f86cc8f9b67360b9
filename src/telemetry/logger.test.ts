import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { until } from '../../test/helpers/until.ts'
import { createRedactor } from '../lib/redact.ts'
import { renderLogLine } from './log-line.ts'
import { openLogFile } from './logger.ts'

let logs: string
let path: string
let problems: string[]

beforeEach(async () => {
  logs = await mkdtemp(join(tmpdir(), 'log-'))
  path = join(logs, 'orchestrator.log')
  problems = []
})

afterEach(() => rm(logs, { recursive: true, force: true }))

const open = (at = path, redact = (text: string) => text) =>
  openLogFile({ path: at, level: 'info', redact, onProblem: (message) => problems.push(message) })
const read = (at = path) => readFile(at, 'utf8')
/** The log without its times. */
const lines = async (at = path) =>
  (await read(at))
    .replace(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d /gm, '')
    .trimEnd()
    .split('\n')

test('a line has its time, level, task, message and particulars; long texts follow below, control characters are left out', () => {
  const time = new Date(2026, 10, 21, 1, 2, 3).getTime()
  const fields = { stderr: 'two\nlines', task: 'fix-login', cost: 0.5, agent: 'claude', note: 'a b', list: [1, 'x'], none: null, empty: '' }
  expect(renderLogLine({ time, level: 'info', message: 'done\u001b[31m!', fields })).toBe(
    '2026-11-21 01:02:03 INFO  [fix-login] done[31m! cost=0.5 agent=claude note="a b" list=[1,"x"] none=null empty=""\n    stderr: two\n    lines\n',
  )
})

test('each line is in the file when it was told, from the level that holds, errors with their stack, secrets masked', async () => {
  await using log = await open(path, createRedactor({ API_KEY: 'hush-hush' }))
  log.debug('not shown')
  log.info('hello hush-hush', { task: 'a', time: 1, msg: 'own' })
  log.setLevel('debug')
  log.debug('shown')
  log.error('broken', { error: new Error('why') })

  const [first, second, third, ...stack] = await lines()
  expect([first, second, third, stack[0]]).toEqual([
    'INFO  [a] hello [redacted] time=1 msg=own',
    'DEBUG shown',
    'ERROR broken',
    '    error: Error: why',
  ])
  expect(stack[1]).toMatch(/^ {8}at /)
  expect(problems).toEqual([])
})

test('a second process goes on in the same file', async () => {
  for (const message of ['one', 'two']) {
    await using log = await open()
    log.warn(message)
  }
  expect(await lines()).toEqual(['WARN  one', 'WARN  two'])
  expect((await readdir(logs)).sort()).toEqual(['orchestrator.log', 'rolled'])
})

test('orchestrator.log is always the newest file; about 1 MB each, three are kept, whatever else lies there', async () => {
  await mkdir(join(logs, 'rolled'))
  await writeFile(join(logs, 'nohup-99999999999999999999.log'), '')
  await using log = await open()
  for (let number = 0; number < 5_000; number += 1) {
    log.info(`${number} ${'x'.repeat(1_000)}`)
    if (number % 100 === 0) await new Promise(setImmediate)
  }
  await until(async () => expect(await readdir(join(logs, 'rolled'))).toHaveLength(3))
  log.info('last')
  expect(await read()).toMatch(/last\n$/)

  const rolled = await readdir(join(logs, 'rolled'))
  const newest = rolled.sort().at(-1) ?? ''
  expect((await stat(join(logs, 'rolled', newest))).ino).toBe((await stat(path)).ino)
  for (const name of rolled) expect((await stat(join(logs, 'rolled', name))).size).toBeLessThan(1.5 * 1024 * 1024)
  expect(problems).toEqual([])
})

test('the log and its directory are made again when they are deleted', async () => {
  await using log = await open()
  log.info('one')
  await rm(path)
  log.info('two')
  expect((await lines()).at(-1)).toBe('INFO  two')
  await rm(logs, { recursive: true })
  log.info('three')
  expect(await lines()).toEqual(['INFO  three'])
  await rm(join(logs, 'rolled'), { recursive: true })
  log.info('four')
  expect(await lines()).toEqual(['INFO  four'])
  expect(problems).toEqual([])
})

test.skipIf(process.platform === 'win32')(
  'in a home whose path pino-roll refuses there is a log all the same, and it is told that nothing rotates it',
  async () => {
    const odd = join(logs, 'what: a "home"?', 'orchestrator.log')
    await using log = await open(odd)
    log.info('one')
    expect(await lines(odd)).toEqual(['INFO  one'])
    expect(problems).toEqual([expect.stringContaining('is not rotated')])
  },
)

test('a log that cannot be opened is an error with a code', async () => {
  await writeFile(join(logs, 'file'), '')
  await expect(open(join(logs, 'file', 'orchestrator.log'))).rejects.toMatchObject({ code: 'cannot_write' })
})
