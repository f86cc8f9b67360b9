import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { CONTAINMENTS, NAMESPACES, withoutKeepers } from '../../test/helpers/containments.ts'
import { allOf, BARE_ENV, fixtureAgent, newPlace, type Place } from '../../test/helpers/fixture-agent.ts'
import { endLeftOvers } from '../../test/helpers/left-overs.ts'
import { until } from '../../test/helpers/until.ts'
import { type Containment, SWEEP } from './containment.ts'
import { startProcess } from './exec.ts'
import { identify, isAlive, selfIdentity } from './process-identity.ts'
import { endTree, followTree, type RunMarker, sweepMarked } from './process-tree.ts'
import type { Running } from './running.ts'

let place: Place
let marker: RunMarker
let containment: Containment

beforeEach(async () => {
  containment = SWEEP
  place = await newPlace()
  marker = { name: 'TREE_TEST_RUN', value: randomUUID() }
})
afterEach(() => place[Symbol.asyncDispose]())

const start = (agent: string, more: { readonly marker?: RunMarker } = { marker }) =>
  startProcess({ file: fixtureAgent(agent), args: [], cwd: place.path, env: BARE_ENV, stdin: '', containment, ...more })
const agents = async () => withoutKeepers(await place.living())

async function pidsFrom(running: Running, count: number): Promise<number[]> {
  const lines = running.stdout[Symbol.asyncIterator]()
  const pids: number[] = []
  while (pids.length < count) pids.push(Number((await lines.next()).value?.replace('pid ', '')))
  return pids
}

for (const { name, options, find } of CONTAINMENTS) {
  describe.skipIf(process.platform !== 'linux')(`with ${name} destroy leaves nothing`, options, () => {
    beforeEach(async () => {
      containment = await find()
    })

    test.each(['leaves-background-child', 'leaves-setsid-child', 'leaves-daemon'])('of an agent that %s', async (agent) => {
      const running = start(agent)
      expect(await allOf(running.stdout)).toEqual(['result done'])
      await running.exited
      await running.destroy()
      expect(await place.living()).toEqual([])
    })

    test('of daemons that are just being forked when the agent ends', async () => {
      for (let round = 0; round < 30; round += 1) {
        const running = start('leaves-daemon')
        await allOf(running.stdout)
        await running.destroy()
      }
      expect(await endLeftOvers(place.path)).toEqual([])
    })

    test('of an agent that is just being started', async () => {
      for (let round = 0; round < 30; round += 1) await start('ignores-sigterm').destroy()
      expect(await endLeftOvers(place.path)).toEqual([])
    })

    test('of children that ignore SIGTERM, in sessions of their own with an empty environment, while their parent lives', async () => {
      const running = start('hides-children')
      await pidsFrom(running, 2)
      await running.destroy()
      expect(await place.living()).toEqual([])
    })

    test('of such a child whose parent has ended, once it was seen', async () => {
      const running = start('abandons-hidden-child')
      expect(await allOf(running.stdout)).toEqual([expect.stringMatching(/^pid \d+$/), 'result done'])
      await running.exited
      await running.destroy()
      expect(await place.living()).toEqual([])
    })

    test('of a process that keeps starting others while it is ended', async () => {
      const running = startProcess({
        file: '/bin/sh',
        args: ['-c', 'trap "" TERM; fork() { (setsid sleep 300 & sleep 300 &) ; }; while :; do fork; echo forked; done'],
        cwd: place.path,
        env: BARE_ENV,
        stdin: '',
        marker,
        containment,
      })
      const lines = running.stdout[Symbol.asyncIterator]()
      for (let forks = 0; forks < 10; forks += 1) await lines.next()
      await running.destroy()
      expect(await place.living()).toEqual([])
    })

    test('and nothing else is ended: another run goes on', async () => {
      const other = start('falls-silent', { marker: { ...marker, value: `${marker.value}-2` } })
      await until(async () => expect(await agents()).toEqual(['sleep 300']))
      const running = start('leaves-daemon')
      await allOf(running.stdout)
      await running.destroy()
      expect(await agents()).toEqual(['sleep 300'])
      await other.destroy()
    })
  })

  describe.skipIf(process.platform !== 'linux')(`with ${name}, what a killed daemon left`, options, () => {
    beforeEach(async () => {
      containment = await find()
    })

    test('is found by its marker', async () => {
      start('leaves-daemon')
      start('leaves-setsid-child')
      start('ignores-sigterm')
      const other = start('falls-silent', { marker: { ...marker, value: `${marker.value}-2` } })
      await until(async () => expect((await agents()).filter((command) => command === 'sleep 300').length).toBeGreaterThan(1))
      await sweepMarked(marker)
      await until(async () => expect(await agents()).toEqual(['sleep 300']))
      await other.destroy()
    })

    test('is found by the recorded process', async () => {
      const running = start('hides-children', {})
      await pidsFrom(running, 2)
      if (running.identity === undefined) throw new Error('it was not started')
      await endTree(running.identity)
      expect(await place.living()).toEqual([])
    })
  })
}

describe.skipIf(process.platform !== 'linux')('a daemon that was forked twice, in a session of its own with an empty environment', () => {
  for (const { name, options, find } of NAMESPACES) {
    test(`is ended with ${name}, before the end of the agent is told`, options, async () => {
      containment = await find()
      const running = start('leaves-hidden-daemon')
      await Promise.all([allOf(running.stdout), running.exited])
      expect(await place.living()).toEqual([])
      await running.destroy()
    })
  }

  test('escapes the sweep, which ends nothing that it cannot tell to be ours', async () => {
    const running = start('leaves-hidden-daemon')
    await Promise.all([allOf(running.stdout), running.exited])
    await until(async () => expect(await place.living()).toEqual(['/bin/sleep 300']))
    await running.destroy()
    expect(await place.living()).toEqual(['/bin/sleep 300'])
  })
})

test.skipIf(process.platform !== 'linux')('a marker that nobody has ends nobody', async () => {
  await sweepMarked(marker)
  expect(isAlive(selfIdentity())).toBe(true)
})

describe.skipIf(process.platform === 'win32')('the tree of a recorded process', () => {
  test('is ended with it', async () => {
    const running = start('ignores-sigterm', {})
    await until(async () => expect(await place.living()).toHaveLength(2))
    if (running.identity === undefined) throw new Error('it was not started')
    await endTree(running.identity)
    expect(await place.living()).toEqual([])
  })

  test('is left alone where its pid now belongs to another process', async () => {
    const running = start('falls-silent', {})
    if (running.identity === undefined) throw new Error('it was not started')
    await endTree({ ...running.identity, started: '1' })
    await followTree({ ...running.identity, pid: 2 ** 22 - 1 }, marker).end()
    expect(isAlive(running.identity)).toBe(true)
    await running.destroy()
    expect(isAlive(running.identity)).toBe(false)
  })
})

describe.runIf(process.platform === 'linux')('without /proc', () => {
  const { platform } = process
  beforeEach(() => {
    vi.resetModules()
    Object.defineProperty(process, 'platform', { value: 'darwin' })
  })
  afterEach(() => void Object.defineProperty(process, 'platform', { value: platform }))

  test('children are found by their parents, as ps tells them', async () => {
    const { startProcess } = await import('./exec.ts')
    const { isAlive } = await import('./process-identity.ts')
    const running = startProcess({ file: fixtureAgent('hides-children'), args: [], cwd: place.path, env: BARE_ENV, stdin: '', marker })
    await pidsFrom(running, 2)
    const { identity } = running
    expect(identity && isAlive(identity)).toBe(true)
    await running.destroy()
    expect(identity && isAlive(identity)).toBe(false)
    Object.defineProperty(process, 'platform', { value: platform })
    expect(await place.living()).toEqual([])
  })
})

test('a tree that has ended is ended at once', async () => {
  const running = startProcess({ file: process.execPath, args: ['-e', '0'], cwd: place.path, env: BARE_ENV, stdin: '', marker })
  await running.exited
  const before = performance.now()
  await running.destroy()
  expect(performance.now() - before).toBeLessThan(5_000)
  await until(() => expect(identify(running.identity?.pid ?? 0)).toBeUndefined())
})
