import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { until } from '../../../test/helpers/until.ts'
import type { Logger } from '../../telemetry/logger.ts'
import { Keeper } from './keeper.ts'
import { Outage } from './outage.ts'
import { poll } from './poll.ts'

let folder: string
let stop: AbortController
let told: string[]
const log: Logger = Object.fromEntries(
  ['debug', 'info', 'warn', 'error'].map((level) => [
    level,
    (text: string, { update }: { update?: number } = {}) => void told.push(update ? `${text}: ${update}` : text),
  ]),
) as unknown as Logger

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'poll-'))
  stop = new AbortController()
  told = []
  vi.spyOn(Math, 'random').mockReturnValue(0)
})
afterEach(async () => {
  stop.abort()
  vi.restoreAllMocks()
  await rm(folder, { recursive: true, force: true })
})

/** A Telegram with these updates, each handled by `handle`; ends when all are confirmed. */
function begin(updates: readonly number[], handle: (id: number) => unknown, path = join(folder, 'updates.json')) {
  const outage = new Outage(log)
  const keeper = new Keeper(outage)
  const asked: (number | undefined)[] = []
  const api = {
    updates: async (offset: number | undefined, signal: AbortSignal) => {
      asked.push(offset)
      const open = updates.filter((id) => id >= (offset ?? 0)).map((update_id) => ({ update_id }))
      if (open.length === 0) await new Promise((resolve) => signal.addEventListener('abort', resolve))
      return open
    },
  }
  const done = poll(
    { api, outage, keeper, log, path, bot: 1, handle: async (update) => void (await handle((update as { update_id: number }).update_id)) },
    stop.signal,
  )
  return { outage, keeper, asked, done, path }
}

test('an update that fails for a while is handled later, before those behind it, and is not confirmed meanwhile', async () => {
  const handled: number[] = []
  let failing = true
  const { outage, asked } = begin([1, 2], (id) => {
    if (failing) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })
    handled.push(id)
  })
  await until(() => expect(outage.health()).toEqual({ ok: false, detail: expect.stringContaining('no space left on device') }))
  expect(asked).toEqual([undefined])
  failing = false
  await until(() => expect(asked).toEqual([undefined, 3]))
  expect(handled).toEqual([1, 2])
  expect(outage.health().ok).toBe(true)
})

test('an update that fails always is named in the log and passed over, and health comes back', async () => {
  const handled: number[] = []
  const { outage, asked } = begin([1, 2, 3], (id) => {
    if (id === 2) throw new TypeError('poison')
    handled.push(id)
  })
  await until(() => expect(asked).toEqual([undefined, 4]))
  expect(handled).toEqual([1, 3])
  expect(told).toContain('telegram: an update that cannot be dealt with is passed over: 2')
  expect(outage.health().ok).toBe(true)
})

test('a place that cannot be written ends nothing, is told, and is written once that can be', async () => {
  const blocked = join(folder, 'blocked')
  await writeFile(blocked, '') // a file where the directory should be
  const { outage, asked, path } = begin([1, 2], () => undefined, join(blocked, 'updates.json'))
  await until(() => expect(asked).toEqual([undefined, 3]))
  expect(outage.health()).toEqual({ ok: false, detail: expect.stringMatching(/cannot be written: (EEXIST|ENOTDIR)/) })
  expect(told.filter((text) => text.includes('cannot be written'))).toHaveLength(1)

  await rm(blocked)
  await until(async () => expect(JSON.parse(await readFile(path, 'utf8'))).toEqual({ bot: 1, last: 2 }))
  await until(() => expect(outage.health().ok).toBe(true))
})

test('an error of whatever kind while updates are asked for is waited out', async () => {
  const outage = new Outage(log)
  const faults: unknown[] = [new RangeError('odd'), Object.assign(new Error('EMFILE: too many open files'), { code: 'EMFILE' }), 'a text']
  const handled: unknown[] = []
  const api = {
    updates: async (_offset: number | undefined, signal: AbortSignal) => {
      const fault = faults.shift()
      if (fault) throw fault
      if (handled.length > 0) await new Promise((resolve) => signal.addEventListener('abort', resolve))
      return [{ update_id: 1 }]
    },
  }
  const keeper = new Keeper(outage)
  const path = join(folder, 'updates.json')
  const done = poll({ api, outage, keeper, log, path, bot: 1, handle: async (update) => void handled.push(update) }, stop.signal)
  await until(() => expect(handled).toHaveLength(1))
  expect(outage.health().ok).toBe(true)
  stop.abort()
  await done
})

test('behind an error it is asked without waiting for a message, so that health comes back at once', async () => {
  const outage = new Outage(log)
  const waits: (number | undefined)[] = []
  const api = {
    updates: async (_: number | undefined, signal: AbortSignal, waitSec?: number) => {
      waits.push(waitSec)
      if (waits.length === 1) throw Object.assign(new Error('too many open files'), { code: 'EMFILE' })
      // As Telegram does: what does not wait is answered at once, all else only when a message comes.
      if (waitSec !== 0) await new Promise((resolve) => signal.addEventListener('abort', resolve))
      return []
    },
  }
  const options = {
    api,
    outage,
    keeper: new Keeper(outage),
    log,
    path: join(folder, 'updates.json'),
    bot: 1,
    handle: async () => undefined,
  }
  const done = poll(options, stop.signal)
  await until(() => expect(waits.slice(0, 3)).toEqual([undefined, 0, undefined]))
  expect(outage.health().ok).toBe(true)
  stop.abort()
  await done
})

test('the end is not held up by an update that fails', async () => {
  const { done } = begin([1], () => {
    throw Object.assign(new Error('refused'), { code: 'EACCES' })
  })
  await until(() => expect(told).toHaveLength(2))
  stop.abort()
  await done
})
