import fc from 'fast-check'
import { expect, test } from 'vitest'
import { exampleCandidate, exampleWorld } from '../../test/helpers/examples.ts'
import type { Busy, World } from './blockers.ts'
import { type Candidate, compare } from './candidate.ts'
import { ReadyQueue } from './ready-queue.ts'

const NOW = 1_000_000

function candidate(over: Partial<Candidate> = {}): Candidate {
  return exampleCandidate({ directory: undefined, ...over })
}

function world(over: Partial<World> = {}): World {
  return exampleWorld({ now: NOW, dependency: () => 'unknown', ...over })
}

function busy(taskId: string, writes: boolean): Busy {
  return { taskId, agent: 'claude', directory: '/repo', writes, since: NOW }
}

function queueOf(...candidates: Candidate[]): ReadyQueue {
  const queue = new ReadyQueue()
  for (const one of candidates) queue.put(one)
  return queue
}

test('starts by priority, then age, then name, and goes on with begun runs first', () => {
  const queue = queueOf(
    candidate({ key: 'low', priority: 'low', created: 1 }),
    candidate({ key: 'young', created: 9 }),
    candidate({ key: 'b', created: 5 }),
    candidate({ key: 'a', created: 5 }),
    candidate({ key: 'high', priority: 'high', created: 99 }),
    candidate({ key: 'begun', priority: 'low', created: 99, begun: true }),
  )
  const order: string[] = []
  for (let next = queue.next(world()); next; next = queue.next(world())) {
    order.push(next.key)
    queue.remove(next.key)
  }
  expect(order).toEqual(['begun', 'high', 'a', 'b', 'young', 'low'])
})

test('passes over what may not start yet and says why', () => {
  const queue = queueOf(
    candidate({ key: 'later', priority: 'high', notBefore: NOW + 5_000 }),
    candidate({ key: 'needs', priority: 'high', created: 1, dependsOn: ['base'] }),
    candidate({ key: 'shares', priority: 'high', created: 2, directory: '/repo' }),
    candidate({ key: 'free', priority: 'low', directory: '/other' }),
  )
  const now = world({ busy: [busy('reader', false)], dependency: () => 'pending' })
  expect(queue.next(now)?.key).toBe('free')
  expect([...queue.explain(now)].map(({ blocker }) => blocker)).toEqual([
    { kind: 'not_before', until: NOW + 5_000 },
    { kind: 'depends_on', id: 'base', state: 'pending' },
    { kind: 'directory', path: '/repo', by: 'reader' },
    undefined,
  ])
  expect(queue.nextWake(NOW)).toBe(NOW + 5_000)
})

test('readers share a directory with readers and wait for writers', () => {
  const queue = queueOf(candidate({ directory: '/repo', writes: false }))
  expect(queue.next(world({ busy: [busy('reader', false)] }))?.key).toBe('a.task.md')
  expect(queue.next(world({ busy: [busy('writer', true)] }))).toBeUndefined()
})

test('starts nothing while it is paused or the home cannot be written', () => {
  const queue = queueOf(candidate())
  expect(queue.next(world({ paused: true }))).toBeUndefined()
  expect(queue.next(world({ storageProblem: 'disk full' }))).toBeUndefined()
  expect(queue.next(world())?.key).toBe('a.task.md')
})

test('wakes for the earliest start time that is still to come, and for none that has passed', () => {
  const queue = queueOf(
    candidate({ key: 'past', notBefore: NOW - 1 }),
    candidate({ key: 'now', notBefore: NOW }),
    candidate({ key: 'far', notBefore: NOW + 2 }),
    candidate({ key: 'near', notBefore: NOW + 1 }),
    candidate({ key: 'any' }),
  )
  expect([NOW - 2, NOW, NOW + 1, NOW + 2].map((now) => queue.nextWake(now))).toEqual([NOW - 1, NOW + 1, NOW + 2, undefined])
})

test('replaces a candidate of the same key wherever its new order puts it', () => {
  const queue = queueOf(candidate({ key: 'a', created: 1 }), candidate({ key: 'b', created: 2 }))
  queue.put(candidate({ key: 'a', created: 3 }))
  expect([...queue.explain(world())].map(({ candidate: { key } }) => key)).toEqual(['b', 'a'])
  expect(queue.remove('a')).toMatchObject({ created: 3 })
  expect([queue.remove('a'), queue.size]).toEqual([undefined, 1])
})

test('is a sorted list without repeated keys, whatever is put and removed', () => {
  const anyCandidate = fc
    .record({
      key: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
      priority: fc.constantFrom('high' as const, 'medium' as const, 'low' as const),
      created: fc.integer({ min: 0, max: 3 }),
      begun: fc.boolean(),
      notBefore: fc.constantFrom(undefined, undefined, NOW - 1, NOW + 1, NOW + 2),
      directory: fc.constantFrom('/repo', '/other'),
      writes: fc.boolean(),
      dependsOn: fc.constantFrom([], [], ['x']),
    })
    .map((over) => candidate({ ...over, taskId: over.key }))
  const step = fc.oneof(
    anyCandidate.map((put) => ({ put })),
    fc.constantFrom('a', 'b', 'c', 'z').map((remove) => ({ remove })),
    fc.constantFrom(NOW, NOW + 1, NOW + 2).map((ask) => ({ ask })),
  )
  const inOrder = (candidates: Iterable<Candidate>) => [...candidates].sort(compare).map(({ key }) => key)
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const queue = new ReadyQueue()
      const model = new Map<string, Candidate>()
      for (const one of steps) {
        if ('put' in one) {
          queue.put(one.put)
          model.set(one.put.key, one.put)
        } else if ('ask' in one) {
          const now = world({ now: one.ask, busy: [busy('reader', false)] })
          const all = [...queue.explain(now)]
          expect(all.map(({ candidate: { key } }) => key)).toEqual(inOrder(model.values()))
          expect(queue.next(now)).toEqual(all.find(({ blocker }) => !blocker)?.candidate)
        } else {
          expect(queue.remove(one.remove)).toEqual(model.get(one.remove))
          model.delete(one.remove)
        }
      }
      const held = [...queue.explain(world())].map(({ candidate: { key } }) => key)
      expect(held).toEqual(inOrder(model.values()))
      expect(queue.size).toBe(model.size)
    }),
  )
})

test('chooses and wakes by the moment it is asked about, also by a clock that is set back', () => {
  const start = fc.option(fc.integer({ min: 0, max: 9 }), { nil: undefined })
  fc.assert(
    fc.property(fc.array(start, { maxLength: 8 }), fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 8 }), (starts, moments) => {
      const all = starts.map((notBefore, index) => candidate({ key: `${index}`, created: index, notBefore }))
      const queue = queueOf(...all)
      for (const now of moments) {
        expect(queue.next(world({ now }))).toEqual(all.find(({ notBefore }) => notBefore === undefined || notBefore <= now))
        const later = all.flatMap(({ notBefore }) => (notBefore !== undefined && notBefore > now ? [notBefore] : []))
        expect(queue.nextWake(now)).toBe(later.length > 0 ? Math.min(...later) : undefined)
      }
      for (const { key } of all) queue.remove(key)
      expect([queue.size, queue.next(world({ now: 9 })), queue.nextWake(-1)]).toEqual([0, undefined, undefined])
    }),
  )
})

test('a run that was begun does not wait for a clock that was set back, a task with a start time of its own does', () => {
  const hour = 3_600_000
  const queue = queueOf(
    candidate({ key: 'begun', begun: true, notBefore: NOW + 1_000 }),
    candidate({ key: 'soon', begun: true, notBefore: NOW - hour + 1_000 }),
    candidate({ key: 'task', notBefore: NOW + 1_000 }),
  )
  expect(queue.next(world())?.key).toBe('soon')
  expect(queue.nextWake(NOW)).toBe(NOW + 1_000)

  const back = world({ now: NOW - hour })
  expect(Array.from(queue.explain(back), ({ candidate: { key }, blocker }) => [key, blocker])).toEqual([
    ['begun', undefined],
    ['soon', { kind: 'not_before', until: NOW - hour + 1_000 }],
    ['task', { kind: 'not_before', until: NOW + 1_000 }],
  ])
  expect(queue.next(back)?.key).toBe('begun')
  expect([queue.remove('begun'), queue.next(back)]).toEqual([expect.objectContaining({ key: 'begun', notBefore: undefined }), undefined])
})
