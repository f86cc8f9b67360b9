import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { tellDaemon } from '../../src/control/client.ts'
import type { LoggedEvent } from '../../src/domain/events.ts'
import { formatMoment } from '../../src/lib/moment.ts'
import type { Home } from '../helpers/home.ts'
import { callsIn, makeStandInHome, release, taskFile, tasksOf } from '../helpers/stand-in.ts'
import { until } from '../helpers/until.ts'

const DIRECTORIES = { '../work/a/here': '', '../work/b/here': '', '../work/c/here': '' }

/** The files of an inbox, from tasks by their id. */
function inbox(tasks: Readonly<Record<string, string>>): Record<string, string> {
  return { ...DIRECTORIES, ...Object.fromEntries(Object.entries(tasks).map(([id, text]) => [`tasks/${id}.task.md`, text])) }
}

/** Starts and ends of agents, in order. */
function turns(events: readonly LoggedEvent[]): string[] {
  return events.flatMap((event) => {
    if (!('task_id' in event)) return []
    const [, what] = /^claude_(started|finished)$/.exec(event.event) ?? []
    return what === undefined ? [] : [`${event.task_id} ${what}`]
  })
}

/** How many agents were at work at the same time, at most. */
function most(events: readonly LoggedEvent[]): number {
  let now = 0
  return Math.max(...turns(events).map((turn) => (now += turn.endsWith('started') ? 1 : -1)))
}

async function waitsFor(home: Home): Promise<Record<string, string | null>> {
  const { queued } = await tellDaemon(home.paths, 'status', {})
  return Object.fromEntries(queued.map((task) => [task.id, task.waitsFor]))
}

test('two tasks that write in one directory never overlap, however it is spelled', async () => {
  const writes = (cwd: string) => taskFile({ cwd }, 'play: ms=150')
  await using home = await makeStandInHome({ files: inbox({ one: writes('a'), two: writes('./b/../a'), three: writes('a/') }) })

  expect(await home.run(['start', '--once'])).toMatchObject({ code: 0 })

  const all = turns(await home.events())
  expect(all).toHaveLength(6)
  for (let at = 0; at < all.length; at += 2) expect(all[at]?.replace('started', 'finished')).toBe(all[at + 1])
})

test('tasks that only read share a directory, and those in different ones run beside each other', async () => {
  await using home = await makeStandInHome({
    files: inbox({
      reader: taskFile({ type: 'analyze', cwd: 'a' }, 'play: meet=4'),
      reviewer: taskFile({ type: 'code_review', cwd: 'a' }, 'play: meet=4'),
      there: taskFile({ cwd: 'b' }, 'play: meet=4'),
      elsewhere: taskFile({ cwd: 'c' }, 'play: meet=4'),
    }),
  })

  expect(await home.run(['start', '--once', '--concurrency', '4'])).toMatchObject({ code: 0 })
  expect(most(await home.events())).toBe(4)
})

test('a task that writes waits for readers, is passed over meanwhile, and status says for whom', async () => {
  await using home = await makeStandInHome({
    files: inbox({ reader: taskFile({ type: 'analyze', cwd: 'a', priority: 'high' }, 'play: until=go') }),
  })
  await home.start(['start']).until(/reader/)
  await until(async () => expect(await callsIn(home)).toHaveLength(1))
  await home.drop('writer', taskFile({ cwd: 'a', priority: 'high' }))
  await home.drop('other', taskFile({ cwd: 'b', priority: 'low' }))
  await home.waitForResult('other')

  expect(await waitsFor(home)).toEqual({ writer: `reader works in ${home.work}/a` })
  await release(home, 'go')
  await home.waitForResult('writer')
  expect(tasksOf(await home.events(), 'claude_started')).toEqual(['reader', 'other', 'writer'])
})

test('no more agents run at the same time than the limit says', async () => {
  const reads = taskFile({ type: 'analyze' }, 'play: ms=120')
  await using home = await makeStandInHome({ files: inbox({ a: reads, b: reads, c: reads, d: reads, e: reads }) })

  expect(await home.run(['start', '--once', '--concurrency', '2'])).toMatchObject({ code: 0 })
  expect(most(await home.events())).toBe(2)
})

test('a task waits for those it depends on', async () => {
  await using home = await makeStandInHome({
    files: inbox({
      last: taskFile({ cwd: 'a', priority: 'high', depends_on: ['first', 'second'] }),
      second: taskFile({ cwd: 'b', priority: 'low', depends_on: 'first' }),
      first: taskFile({ cwd: 'c', priority: 'low' }),
    }),
  })

  expect(await home.run(['start', '--once'])).toMatchObject({ code: 0 })
  expect(turns(await home.events())).toEqual(['first', 'second', 'last'].flatMap((id) => [`${id} started`, `${id} finished`]))
})

test('an unattended run ends with status 75 when only tasks are left that may not start, and they are kept', async () => {
  await using home = await makeStandInHome({
    files: inbox({
      later: taskFile({ not_before: '2099-01-01T00:00:00Z', priority: 'high' }),
      orphan: taskFile({ depends_on: 'nobody', priority: 'high' }),
      now: taskFile({ not_before: '2001-01-01T00:00:00Z', priority: 'low' }),
    }),
  })

  const { code, stdout } = await home.run(['start', '--once'])

  expect({ code, end: stdout.trimEnd().split('\n').at(-1) }).toEqual({ code: 75, end: '1 completed, 0 failed, 2 still queued' })
  expect(await Promise.all(['later', 'orphan', 'now'].map(home.stateOf))).toEqual(['queued', 'queued', 'processed'])
})

test('tasks that wait for each other are rejected, and one that waits for a failed one fails; a retry brings it back', async () => {
  await using home = await makeStandInHome({
    files: inbox({
      circle: taskFile({ depends_on: 'circle-2' }),
      'circle-2': taskFile({ depends_on: 'circle' }),
      base: taskFile({ cwd: 'not-yet' }),
      top: taskFile({ cwd: 'b', depends_on: 'base' }),
      peak: taskFile({ cwd: 'c', depends_on: 'top' }),
    }),
  })

  expect(await home.run(['start', '--once'])).toMatchObject({ code: 1 })

  expect(await Promise.all(['circle', 'circle-2'].map(home.stateOf))).toEqual(['rejected', 'rejected'])
  const reason = JSON.parse(await readFile(join(home.paths.rejected, 'circle.task.md.reason.json'), 'utf8'))
  expect(reason).toMatchObject({ code: 'dependency_circle', message: expect.stringMatching(/circle.*→.*circle/) })
  for (const [id, cause] of [
    ['top', 'base'],
    ['peak', 'top'],
  ] as const)
    expect(await home.waitForResult(id)).toMatchObject({
      status: 'failed',
      failure: { code: 'dependency_failed', message: expect.stringContaining(cause) },
      attempts: [],
    })

  await mkdir(join(home.work, 'not-yet'))
  expect(await home.run(['retry', '--all-failed'])).toMatchObject({ code: 0 })
  expect(await home.run(['start', '--once'])).toMatchObject({ code: 0 })
  expect(tasksOf(await home.events(), 'claude_started')).toEqual(['base', 'top', 'peak'])
})

test('a task starts by itself when its time has come', async () => {
  await using home = await makeStandInHome()
  await home.start(['start']).until(/watching/)
  const inYears = new Date('2999-01-01T00:00:00Z').toISOString()
  await home.drop('far', taskFile({ not_before: inYears }))
  await until(async () => expect(await waitsFor(home)).toEqual({ far: expect.stringContaining(formatMoment(inYears)) }))
  const at = Date.now() + 2_000
  await home.drop('timed', taskFile({ not_before: new Date(at).toISOString() }))

  const { timings } = await home.waitForResult('timed')
  expect(Date.parse(timings.started ?? '')).toBeGreaterThanOrEqual(at)
})
