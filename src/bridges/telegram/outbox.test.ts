import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { until } from '../../../test/helpers/until.ts'
import type { Logger } from '../../telemetry/logger.ts'
import { Keeper } from './keeper.ts'
import type { Notice } from './notices.ts'
import { Outage } from './outage.ts'
import { type Delivery, Outbox } from './outbox.ts'
import { TelegramProblem } from './problem.ts'

let root: string
const told: string[] = []
const note = (text: string) => void told.push(text)
const log: Logger = { debug: note, info: note, warn: note, error: note }
const notice = (file: string): Notice => ({ kind: 'rejected', file, message: 'No.' })

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'outbox-'))
  told.length = 0
  vi.spyOn(Math, 'random').mockReturnValue(0)
})
afterEach(async () => {
  vi.restoreAllMocks()
  await rm(root, { recursive: true, force: true })
})

function make(folder: string, deliver: Delivery['deliver'], audience: Delivery['audience'] = async () => [7]) {
  const outage = new Outage(log)
  const outbox = new Outbox(folder, { delivery: { audience, deliver }, keeper: new Keeper(outage), log })
  return { outage, outbox }
}

test('a folder that cannot be written keeps no notice from anybody, and is told until it can be written again', async () => {
  const folder = join(root, 'outbox')
  await writeFile(folder, '')
  const told: Notice[] = []
  const { outage, outbox } = make(folder, async (one) => void told.push(one))
  outbox.open()
  outbox.put(notice('a'))
  outbox.put(notice('b'))
  await until(() => expect(told).toEqual([notice('a'), notice('b')]))
  expect(outage.health()).toMatchObject({ ok: false, detail: expect.stringContaining('cannot be written') })

  await rm(folder)
  await until(() => expect(outage.isOut('keep')).toBe(false))
  await until(async () => expect(await readdir(folder)).toEqual([]))
  expect(outbox.size).toBe(0)
})

test('what an earlier process left is taken up once it can be read', async () => {
  const folder = join(root, 'outbox')
  const first = make(folder, () => Promise.reject(new TelegramProblem('stopped', 'The bridge is stopping.')))
  first.outbox.open()
  first.outbox.put(notice('a'))
  await until(async () => expect(await readdir(folder)).toHaveLength(1))

  const second: Notice[] = []
  const { outbox } = make(folder, async (one) => void second.push(one))
  outbox.open()
  await until(() => expect(second).toEqual([notice('a')]))
  await until(async () => expect(await readdir(folder)).toEqual([]))
})

test('a notice whose delivery fails for a reason of its own holds up no other, is named in the log and kept', async () => {
  const folder = join(root, 'outbox')
  const done: Notice[] = []
  const { outbox } = make(folder, async (one) => {
    if (one.kind === 'rejected' && one.file === 'poison') throw new TypeError('odd')
    done.push(one)
  })
  outbox.open()
  for (const file of ['a', 'poison', 'b']) outbox.put(notice(file))
  await until(() => expect(done).toEqual([notice('a'), notice('b')]))
  await until(() => expect(told).toContainEqual(expect.stringContaining('a notice cannot be delivered')))
  expect(outbox.size).toBe(0)
  expect(await readdir(folder)).toHaveLength(1)
})

test('whom a notice is for is asked again where that fails', async () => {
  let fails = 2
  const done: number[] = []
  const { outbox } = make(
    join(root, 'outbox'),
    async (_one, chat) => void done.push(chat),
    async () => {
      if (fails-- > 0) throw new Error('EMFILE')
      return [7, 8]
    },
  )
  outbox.open()
  outbox.put(notice('a'))
  await until(() => expect(done.sort()).toEqual([7, 8]))
})
