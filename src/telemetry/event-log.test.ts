import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createRedactor } from '../lib/redact.ts'
import { createBus } from './bus.ts'
import { createEventLog } from './event-log.ts'

let logs: string

beforeEach(async () => {
  logs = await mkdtemp(join(tmpdir(), 'events-'))
})

afterEach(() => rm(logs, { recursive: true }))

test('what the bus tells is one line of JSON each, in order, without secrets', async () => {
  const path = join(logs, 'events.ndjson')
  const bus = createBus({ redact: createRedactor({ API_KEY: 'hush-hush' }), onError: expect.unreachable, now: () => new Date(0) })
  await using log = createEventLog({ path, onProblem: expect.unreachable })
  bus.onEvent(log.append)
  bus.event({ event: 'task_rejected', file: 'a.task.md', code: 'bad_yaml', message: 'hush-hush\nis "secret"' })
  bus.event({ event: 'resumed', by: 'cli' })
  await log.flush()

  const lines = (await readFile(path, 'utf8')).trimEnd().split('\n')
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    {
      ts: '1970-01-01T00:00:00.000Z',
      event: 'task_rejected',
      file: 'a.task.md',
      code: 'bad_yaml',
      message: '[redacted]\nis "secret"',
    },
    { ts: '1970-01-01T00:00:00.000Z', event: 'resumed', by: 'cli' },
  ])
})

test('the log is rotated by size without losing an event', async () => {
  const path = join(logs, 'events.ndjson')
  const log = createEventLog({ path, onProblem: expect.unreachable, maxBytes: 1_000, keep: 3 })
  for (let number = 0; number < 30; number += 1) log.append({ ts: 't', event: 'daemon_stopped', reason: `${number} ${'x'.repeat(50)}` })
  await log[Symbol.asyncDispose]()

  const names = ['events.3.ndjson', 'events.2.ndjson', 'events.1.ndjson', 'events.ndjson']
  expect((await readdir(logs)).sort()).toEqual(names.filter((name) => name !== 'events.3.ndjson').sort())
  const texts = await Promise.all(names.slice(1).map((name) => readFile(join(logs, name), 'utf8')))
  const numbers = texts
    .join('')
    .trimEnd()
    .split('\n')
    .map((line) => Number.parseInt(JSON.parse(line).reason, 10))
  expect(numbers).toEqual(Array.from({ length: 30 }, (_, index) => index))
})
