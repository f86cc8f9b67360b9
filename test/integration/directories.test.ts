import { mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { tellDaemon } from '../../src/control/client.ts'
import type { LoggedEvent } from '../../src/domain/events.ts'
import type { Home } from '../helpers/home.ts'
import { needs } from '../helpers/needs.ts'
import { callsIn, makeStandInHome, release, taskFile, tasksOf } from '../helpers/stand-in.ts'
import { until } from '../helpers/until.ts'

/** Tasks by their id: these stay at work until all others that can start have ended. */
const AT_WORK = {
  reader: taskFile({ type: 'analyze', cwd: 'a', priority: 'high' }, 'play: until=go'),
  reviewer: taskFile({ type: 'code_review', cwd: 'a', priority: 'high' }, 'play: until=go'),
  there: taskFile({ cwd: 'b', priority: 'high' }, 'play: until=go'),
  real: taskFile({ cwd: 'real', priority: 'high' }, 'play: until=go'),
}
const SPELLED = {
  one: taskFile({ cwd: 'c' }, 'play: ms=150'),
  two: taskFile({ cwd: './b/../c' }, 'play: ms=150'),
  three: taskFile({ cwd: 'c/' }, 'play: ms=150'),
}
const IN_NEW = {
  'new-1': taskFile({ cwd: 'new' }, 'play: ms=150'),
  'new-2': taskFile({ cwd: 'new' }, 'play: ms=150'),
  'new-3': taskFile({ cwd: 'new' }, 'play: ms=150'),
}
const LINKED = {
  linked: taskFile({ cwd: 'link', priority: 'high' }, 'play: ms=100'),
  'linked-reader': taskFile({ type: 'analyze', cwd: 'real/../link/.', priority: 'high' }, 'play: ms=100'),
}
const LATE = { writer: taskFile({ cwd: 'a', priority: 'high' }), other: taskFile({ cwd: 'd', priority: 'low' }) }

/** Starts and ends of the agents of these tasks, or of all, in order. */
function turns(events: readonly LoggedEvent[], ids?: readonly string[]): string[] {
  return events.flatMap((event) => {
    if (!('task_id' in event) || (ids && !ids.includes(event.task_id))) return []
    const [, what] = /^claude_(started|finished)$/.exec(event.event) ?? []
    return what === undefined ? [] : [`${event.task_id} ${what}`]
  })
}

/** How many agents were at work at the same time, at most. */
function most(all: readonly string[]): number {
  let now = 0
  return Math.max(...all.map((turn) => (now += turn.endsWith('started') ? 1 : -1)))
}

function expectOneAfterTheOther(events: readonly LoggedEvent[], ids: readonly string[]): void {
  const all = turns(events, ids)
  expect(all).toHaveLength(2 * ids.length)
  for (let at = 0; at < all.length; at += 2) expect(all[at]?.replace('started', 'finished')).toBe(all[at + 1])
}

describe('tasks that work in directories', needs('posix'), () => {
  let home: Home
  let events: readonly LoggedEvent[]
  /** What `status` tells of each queued task, and `why` of one behind a link, while others are at work. */
  let waitsFor: Readonly<Record<string, string | null>>
  let whyLinked: string
  beforeAll(async () => {
    const tasks = Object.entries({ ...AT_WORK, ...SPELLED, ...IN_NEW }).map(([id, text]) => [`tasks/${id}.task.md`, text])
    const directories = ['a', 'b', 'c', 'd', 'real'].map((name) => [`../work/${name}/here`, ''])
    home = await makeStandInHome({ files: Object.fromEntries([...tasks, ...directories]) })
    await symlink(join(home.work, 'real'), join(home.work, 'link'))
    expect(await home.run(['pause'])).toMatchObject({ code: 0 })
    await home.start(['start', '--concurrency', '5']).until(/watching/)
    await until(async () => expect((await tellDaemon(home.paths, 'status', {})).queued).toHaveLength(tasks.length))
    await mkdir(join(home.work, 'new'))
    await tellDaemon(home.paths, 'resume', {})

    const atWork = async () => tasksOf(await home.events(), 'claude_started')
    await until(async () => expect(await atWork()).toEqual(expect.arrayContaining(Object.keys(AT_WORK))))
    await until(async () => expect((await callsIn(home)).length).toBeGreaterThanOrEqual(Object.keys(AT_WORK).length))
    for (const [id, text] of Object.entries({ ...LINKED, ...LATE })) await home.drop(id, text)
    for (const id of ['other', ...Object.keys(SPELLED), ...Object.keys(IN_NEW)]) {
      expect(await home.waitForResult(id)).toMatchObject({ status: 'completed' })
    }
    await until(async () => {
      const { queued } = await tellDaemon(home.paths, 'status', {})
      waitsFor = Object.fromEntries(queued.map((task) => [task.id, task.waitsFor]))
      expect(Object.keys(waitsFor).sort()).toEqual(['linked', 'linked-reader', 'writer'])
    })
    whyLinked = (await home.run(['why', 'linked'])).stdout
    await release(home, 'go')
    for (const id of [...Object.keys({ ...AT_WORK, ...LINKED }), 'writer']) {
      expect(await home.waitForResult(id)).toMatchObject({ status: 'completed' })
    }
    events = await home.events()
  })
  afterAll(() => home[Symbol.asyncDispose]())

  test('and write in the same one never overlap, however it is spelled', () => {
    expectOneAfterTheOther(events, Object.keys(SPELLED))
  })

  test('and write in the same one have it one after the other even where it is made only after they were dropped', () => {
    expectOneAfterTheOther(events, Object.keys(IN_NEW))
  })

  test('have it one after the other over whatever link it is named, and why says who is in it', () => {
    const works = `real works in ${join(home.work, 'real')}`
    expect(waitsFor).toMatchObject({ linked: works, 'linked-reader': works })
    expect(whyLinked).toBe(`linked is queued: ${works}\n`)
    expectOneAfterTheOther(events, ['real', ...Object.keys(LINKED)])
  })

  test('share it where they only read, and run beside each other in different ones', () => {
    expect(most(turns(events, Object.keys(AT_WORK)))).toBe(4)
  })

  test('and write wait for all readers, are passed over meanwhile, and status says for whom', () => {
    expect(waitsFor.writer).toMatch(new RegExp(`^(reader|reviewer) works in ${home.work}/a$`))
    const all = turns(events, ['reader', 'reviewer', 'other', 'writer'])
    expect(all.slice(-2)).toEqual(['writer started', 'writer finished'])
    expect(all.indexOf('other finished')).toBeLessThan(Math.min(all.indexOf('reader finished'), all.indexOf('reviewer finished')))
  })

  test('are never more at the same time than the limit says', () => {
    expect(most(turns(events))).toBe(5)
  })
})
