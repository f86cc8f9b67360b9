import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type FileHome, makeFileHome } from '../../test/helpers/cli-home.ts'
import { exampleCandidate, exampleConfig } from '../../test/helpers/examples.ts'
import { makeRooms } from '../../test/helpers/rooms.ts'
import type { FinalStatus } from '../domain/result.ts'
import type { Rooms } from '../pipeline/rooms.ts'
import { ReadyQueue } from '../scheduler/ready-queue.ts'
import { AgentHolds } from './agent-holds.ts'
import { Readiness } from './readiness.ts'
import { Seats } from './seats.ts'
import { Spending } from './spending.ts'

const MINUTE = 60_000

let home: FileHome
let queue: ReadyQueue
let seats: Seats
let holds: AgentHolds
let spending: Spending
let readiness: Readiness
const parked = { ids: new Set<string>() }
const storage: { problem: string | undefined } = { problem: undefined }
const ended = new Map<string, FinalStatus>()

beforeEach(() => {
  vi.useFakeTimers({ now: new Date(2026, 10, 20, 12), toFake: ['Date'] })
  home = makeFileHome()
  const attempt = () => Promise.reject(new Error('nothing is started'))
  const config = () => exampleConfig(home.home, { DAILY_BUDGET_USD: '10' })
  const rooms: Rooms = makeRooms(home.paths, { attempt, config, capacity: 3 })
  queue = new ReadyQueue()
  seats = new Seats()
  holds = new AgentHolds(home.paths.holds, rooms.bus, rooms.log)
  spending = new Spending(home.paths.spending, rooms.log)
  parked.ids.clear()
  storage.problem = undefined
  ended.clear()
  const results = { ...rooms.results, status: (id: string) => ended.get(id) }
  readiness = new Readiness({ rooms: { ...rooms, results }, queue, seats, parked, storage, holds, spending })
})
afterEach(() => {
  home[Symbol.dispose]()
  vi.useRealTimers()
})

const kinds = () => Array.from(readiness.explain(), ({ blocker }) => blocker?.kind)

test('says of every waiting task what keeps it from starting, as things stand', () => {
  queue.put(exampleCandidate({ key: '1', taskId: 'one' }))
  queue.put(exampleCandidate({ key: '2', taskId: 'two', dependsOn: ['one'], directory: '/other' }))
  expect(kinds()).toEqual([undefined, 'depends_on'])

  seats.take(exampleCandidate({ key: '3', taskId: 'three' }))
  expect(kinds()).toEqual(['directory', 'depends_on'])
  spending.spent('3', 10, new Date())
  expect(kinds()).toEqual(['daily_budget', 'depends_on'])
  storage.problem = 'the disk is full'
  expect(kinds()).toEqual(['storage', 'storage'])
  readiness.paused = true
  expect(kinds()).toEqual(['paused', 'paused'])
})

test('the day is shared among the slots that are free', () => {
  seats.take(exampleCandidate())
  expect(readiness.world().budget).toMatchObject({ limitUsd: 10, leftUsd: 10, freeSlots: 2 })
})

test('what becomes of a dependency is looked up anew when something has ended', () => {
  queue.put(exampleCandidate({ taskId: 'a', dependsOn: ['base'] }))
  expect(kinds()).toEqual(['depends_on'])
  ended.set('base', 'completed')
  readiness.renew()
  expect(kinds()).toEqual([undefined])
})

test('a task that depends on a failed one is doomed, unless that one is tried again, and not while results cannot be written', () => {
  ended.set('base', 'failed')
  const candidate = exampleCandidate({ key: 'needs', taskId: 'needs', dependsOn: ['fine', 'base'] })
  queue.put(candidate)
  queue.put(exampleCandidate({ key: 'free' }))
  const message = 'base, which this task depends on, has failed.'
  expect(readiness.doomed()).toMatchObject([{ candidate, verdict: { code: 'dependency_failed', message } }])

  storage.problem = 'the disk is full'
  expect(readiness.doomed()).toEqual([])
  storage.problem = undefined
  parked.ids.add('base')
  readiness.renew()
  expect(readiness.doomed()).toEqual([])
})

test('a task is pending while it is queued, runs or waits for an answer', () => {
  queue.put(exampleCandidate({ key: '1', taskId: 'queued' }))
  seats.take(exampleCandidate({ key: '2', taskId: 'running' }))
  parked.ids.add('asking')
  ended.set('over', 'completed')
  expect(['queued', 'running', 'asking', 'over'].map((id) => readiness.isPending(id))).toEqual([true, true, true, false])
})

test('changes by itself at start times, and at the ends of holds and of the day', () => {
  const now = Date.now()
  queue.put(exampleCandidate({ notBefore: now + 5 * MINUTE }))
  holds.learn({ agent: 'claude', started: now, trouble: { code: 'usage_limit', message: '', resetsAt: now + 9 * MINUTE } }, now)
  const [start, day, hold] = readiness.changes(now)
  expect(start).toBe(now + 5 * MINUTE)
  expect(day).toBeGreaterThan(now)
  expect(hold).toBeGreaterThanOrEqual(now + 9 * MINUTE)
})

test('is waited for only where something starts by itself in time', () => {
  expect(readiness.comesWithin(MINUTE)).toBe(false)
  queue.put(exampleCandidate({ key: 'later', notBefore: Date.now() + 9 * MINUTE }))
  expect(readiness.comesWithin(MINUTE)).toBe(false)
  queue.put(exampleCandidate({ key: 'now' }))
  expect(readiness.comesWithin(MINUTE)).toBe(true)
})
