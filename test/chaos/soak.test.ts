import { readdir, readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, test, vi } from 'vitest'
import { tellDaemon } from '../../src/control/client.ts'
import { fixtureAgent } from '../helpers/fixture-agent.ts'
import { type Home, makeHome } from '../helpers/home.ts'
import { needs } from '../helpers/needs.ts'
import { taskFile } from '../helpers/stand-in.ts'

/** Seconds under load. The first quarter is for growing: pages of code, the young heap, the threads of libuv. */
const SOAK_SEC = Number(process.env.SOAK_SEC ?? 32)
/** Tasks that wait at any time, so that all eight slots are busy. */
const WAITING = 24
const EVERY_MS = 100

/** What a daemon holds at one moment. */
interface Sample {
  readonly rssMiB: number
  /** Open descriptors. */
  readonly handles: number
  readonly children: number
  /** Timers that keep its event loop alive. */
  readonly timers: number
}

test('a daemon under load for long holds no more at the end than in the middle', {
  ...needs('proc'),
  timeout: (SOAK_SEC + 60) * 1000,
}, async () => {
  await using home = await makeHome({ programs: { claude: fixtureAgent('answers-at-once') }, env: { MAX_CONCURRENT_TASKS: '8' } })
  const resources = join(home.work, '../resources.json')
  const probe = pathToFileURL(resolve(import.meta.dirname, '../fixtures/tells-resources.js'))
  const daemon = home.start(['start'], { env: { NODE_OPTIONS: `--import=${probe}`, RESOURCES: resources } })
  await daemon.until(/watching/)
  const look = () => sampleOf(daemon.pid, resources)
  const idle = await vi.waitFor(look)

  const samples: Sample[] = []
  const dropped = { processed: 0, failed: 0, rejected: 0 }
  const end = performance.now() + SOAK_SEC * 1000
  while (performance.now() < end) {
    const { queuedCount } = await tellDaemon(home.paths.socket, 'status', {})
    for (let waiting = queuedCount; waiting < WAITING; waiting += 1) dropped[await dropNext(home, dropped)] += 1
    samples.push(await look())
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS))
  }

  const archived = async () => ({
    processed: await countIn(home.paths.processed),
    failed: await countIn(home.paths.failed),
    rejected: await countIn(home.paths.rejected),
  })
  await vi.waitFor(async () => expect(await archived()).toEqual(dropped), { timeout: 30_000, interval: 250 })
  expect((await readdir(home.paths.results)).length).toBe(dropped.processed + dropped.failed)
  expect(await readdir(home.paths.running)).toEqual([])

  const [, second, , last] = quarters(samples).map(middle)
  if (!second || !last) throw new Error('too short for four quarters')
  const ended = await vi.waitFor(async () => {
    const now = await look()
    expect(now.children).toBe(0)
    return now
  })
  console.log(
    JSON.stringify({ seconds: SOAK_SEC, tasks: Object.values(dropped).reduce((sum, count) => sum + count), idle, second, last, ended }),
  )

  // V8 takes and gives memory in steps of some MiB; a leak of 1 KiB a task would be far above this in the long form.
  expect(last.rssMiB - second.rssMiB).toBeLessThan(Math.min(15, second.rssMiB * 0.1))
  // Eight attempts hold up to four descriptors each and begin and end at any moment, so that even medians differ by a few.
  expect(Math.abs(last.handles - second.handles)).toBeLessThanOrEqual(5)
  expect(Math.abs(last.timers - second.timers)).toBeLessThanOrEqual(5)
  expect(last.children).toBeLessThanOrEqual(second.children + 2)
  // Descriptors of the idle daemon are its own again; one may be a log that was rotated meanwhile.
  expect(ended.handles).toBeLessThanOrEqual(idle.handles + 1)
  expect(ended.timers).toBeLessThanOrEqual(idle.timers + 1)
})

/** Puts the next task into the inbox and says where it has to end: most go well, some fail, leave a program behind or are no task. */
async function dropNext(home: Home, sofar: Readonly<Record<string, number>>): Promise<'processed' | 'failed' | 'rejected'> {
  const number = Object.values(sofar).reduce((sum, count) => sum + count)
  const id = `t${number}`
  if (number % 50 === 7) {
    await home.drop(id, 'No \0 task.')
    return 'rejected'
  }
  const word = number % 20 === 3 ? 'fail' : number % 20 === 13 ? 'leave' : 'do'
  await home.drop(id, taskFile({ type: 'analyze' }, `${word} it`))
  return word === 'fail' ? 'failed' : 'processed'
}

async function sampleOf(pid: number, resources: string): Promise<Sample> {
  const [status, handles, children, active] = await Promise.all([
    readFile(`/proc/${pid}/status`, 'utf8'),
    readdir(`/proc/${pid}/fd`),
    readFile(`/proc/${pid}/task/${pid}/children`, 'utf8'),
    readFile(resources, 'utf8'),
  ])
  const kib = Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1])
  const timers = (JSON.parse(active) as string[]).filter((name) => name === 'Timeout')
  return {
    rssMiB: Math.round(kib / 102.4) / 10,
    handles: handles.length,
    children: children.split(' ').filter(Boolean).length,
    timers: timers.length,
  }
}

async function countIn(directory: string): Promise<number> {
  return (await readdir(directory)).filter((name) => name.endsWith('.task.md')).length
}

function quarters(samples: readonly Sample[]): (readonly Sample[])[] {
  const length = Math.floor(samples.length / 4)
  return [0, 1, 2, 3].map((quarter) => samples.slice(quarter * length, (quarter + 1) * length))
}

/** The median of each value. */
function middle(samples: readonly Sample[]): Sample {
  const of = (name: keyof Sample) =>
    samples.map((sample) => sample[name]).sort((one, other) => one - other)[samples.length >> 1] ?? Number.NaN
  return { rssMiB: of('rssMiB'), handles: of('handles'), children: of('children'), timers: of('timers') }
}
