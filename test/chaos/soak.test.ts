import { readdir, readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import { tellDaemon } from '../../src/control/client.ts'
import { fixtureAgent } from '../helpers/fixture-agent.ts'
import { type Home, makeHome } from '../helpers/home.ts'
import { needs } from '../helpers/needs.ts'
import { taskFile } from '../helpers/stand-in.ts'
import { until } from '../helpers/until.ts'
import { amount } from './form.ts'

/** Seconds under load; `npm run soak` has most. */
const SOAK_SEC = Number(process.env.SOAK_SEC || amount(12, 28, 28))
/** V8 and the allocator take and return memory by the MiB, and need minutes to come to rest. In the long form this is less than half a KiB a task. */
const RSS_SLACK_MIB = SOAK_SEC < 300 ? 50 : 15
/** Tasks before that, while code is loaded and the heap finds its size. */
const WARM_UP = amount(300, 600, 600)
const SAMPLE_MS = 100
/** Tasks that wait at any time, so that all eight slots are busy. */
const WAITING = 24

/** What a daemon holds at one moment. */
interface Sample {
  readonly rssMiB: number
  /** Its objects, without what V8 keeps in reserve. */
  readonly heldMiB: number
  /** Open descriptors. */
  readonly handles: number
  readonly children: number
  /** Timers that keep its event loop alive. */
  readonly timers: number
}

/** How many tasks were dropped that have to end in which folder. */
type Counts = Record<'processed' | 'failed' | 'rejected', number>

test('a daemon under load for long holds no more at the end than in the middle', {
  ...needs('proc'),
  timeout: (SOAK_SEC + 1_800) * 1000,
}, async () => {
  await using home = await makeHome({ programs: { claude: fixtureAgent('answers-soon') }, env: { MAX_CONCURRENT_TASKS: '8' } })
  const resources = join(home.work, '../resources.json')
  const probe = pathToFileURL(resolve(import.meta.dirname, '../fixtures/tells-resources.js'))
  const daemon = home.start(['start'], { env: { NODE_OPTIONS: `--import=${probe}`, RESOURCES: resources } })
  await daemon.until(/watching/)
  const look = () => sampleOf(daemon.pid, resources)
  const idle = await until(look)

  const { samples, dropped } = await keepBusy(home, look)

  const quarter = Math.floor(samples.length / 4)
  const before = middle(samples.slice(quarter, 2 * quarter))
  const after = middle(samples.slice(-quarter))
  console.log('soak', JSON.stringify({ seconds: SOAK_SEC, tasks: sum(dropped), idle, before, after }))

  await until(async () => expect(await archived(home)).toEqual(dropped))
  expect((await readdir(home.paths.results)).length).toBe(dropped.processed + dropped.failed)
  // The record of a run goes after its task went to the archive.
  await until(async () => expect(await readdir(home.paths.running)).toEqual([]))

  expect(after.heldMiB - before.heldMiB).toBeLessThan(before.heldMiB * 0.1)
  expect(after.rssMiB - before.rssMiB).toBeLessThan(RSS_SLACK_MIB)

  // How many of the eight are at work at a moment is chance: a leak shows in what is left of all of them. The one timer is that of the next rescan.
  const again = { handles: idle.handles, timers: 1, children: 0 }
  await until(async () => expect(await look()).toMatchObject(again))
})

/** Drops tasks as fast as they are done, and looks at the daemon meanwhile. */
async function keepBusy(
  home: Home,
  look: () => Promise<Sample>,
): Promise<{ readonly samples: readonly Sample[]; readonly dropped: Counts }> {
  const samples: Sample[] = []
  const dropped: Counts = { processed: 0, failed: 0, rejected: 0 }
  for (let end = Number.POSITIVE_INFINITY; performance.now() < end; await pause(SAMPLE_MS)) {
    const { queuedCount } = await tellDaemon(home.paths, 'status', {})
    for (let waiting = queuedCount; waiting < WAITING; waiting += 1) dropped[await drop(home, sum(dropped))] += 1
    if (sum(dropped) < WARM_UP) continue
    end = Math.min(end, performance.now() + SOAK_SEC * 1000)
    samples.push(await look())
  }
  return { samples, dropped }
}

/** Puts a task into the inbox and says where it has to end: most go well, some fail, leave a program behind or are no task. */
async function drop(home: Home, number: number): Promise<keyof Counts> {
  const id = `task-${number}`
  if (number % 50 === 7) {
    await home.drop(id, 'No \0 task.')
    return 'rejected'
  }
  const word = number % 20 === 3 ? 'fail' : number % 20 === 13 ? 'leave' : 'do'
  await home.drop(id, taskFile({ type: 'analyze' }, `${word} it`))
  return word === 'fail' ? 'failed' : 'processed'
}

async function archived({ paths }: Home): Promise<Counts> {
  const tasksIn = async (folder: string) => (await readdir(folder)).filter((name) => name.endsWith('.task.md')).length
  return { processed: await tasksIn(paths.processed), failed: await tasksIn(paths.failed), rejected: await tasksIn(paths.rejected) }
}

async function sampleOf(pid: number, resources: string): Promise<Sample> {
  const [status, descriptors, children, report] = await Promise.all([
    readFile(`/proc/${pid}/status`, 'utf8'),
    readdir(`/proc/${pid}/fd`),
    readFile(`/proc/${pid}/task/${pid}/children`, 'utf8'),
    readFile(resources, 'utf8'),
  ])
  const told: { readonly active: readonly string[]; readonly bytes: number } = JSON.parse(report)
  return {
    rssMiB: Math.round(Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1024),
    heldMiB: told.bytes / 2 ** 20,
    handles: descriptors.length,
    children: children.split(' ').filter(Boolean).length,
    timers: told.active.filter((name) => name === 'Timeout').length,
  }
}

/** The median of each value. */
function middle(samples: readonly Sample[]): Sample {
  const median = (name: keyof Sample) =>
    samples.map((sample) => sample[name]).sort((one, other) => one - other)[samples.length >> 1] ?? Number.NaN
  return {
    rssMiB: median('rssMiB'),
    heldMiB: median('heldMiB'),
    handles: median('handles'),
    children: median('children'),
    timers: median('timers'),
  }
}

function sum(counts: Counts): number {
  return counts.processed + counts.failed + counts.rejected
}
