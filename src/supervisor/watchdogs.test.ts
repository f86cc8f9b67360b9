import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { Watchdogs } from './watchdogs.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

/** Watchdogs of which none bites, and what they tell. */
function watch(limits: Readonly<Record<string, number>>, waitedMs: () => number) {
  const told: string[] = []
  const far = 1_000_000
  const all = { timeoutMs: far, startMs: far, idleMs: far, resultExitMs: far, ...limits, waitedMs }
  return { told, watchdogs: new Watchdogs(all, (expiry) => told.push(expiry)) }
}

test('time that an agent waits for people counts neither for its time limit nor as silence', () => {
  let waitingSince: number | undefined
  let waited = 0
  const { told, watchdogs } = watch({ timeoutMs: 10_000, idleMs: 30_000 }, () =>
    waitingSince === undefined ? waited : waited + Date.now() - waitingSince,
  )
  watchdogs.heard()
  vi.advanceTimersByTime(1_000)
  waitingSince = Date.now()
  vi.advanceTimersByTime(60_000)
  expect(told).toEqual([])

  waited += Date.now() - waitingSince
  waitingSince = undefined
  watchdogs.heard()
  vi.advanceTimersByTime(8_000)
  expect(told).toEqual([])
  vi.advanceTimersByTime(2_000)
  expect(told).toEqual(['timeout'])
  watchdogs.close()
})

test('a daemon that stood still takes no agent for a silent one, and a limit is at most doubled by that', () => {
  const clock = performance.now.bind(performance)
  let stood = 0
  vi.spyOn(performance, 'now').mockImplementation(() => clock() + stood)
  onTestFinished(() => void vi.restoreAllMocks())
  const { told, watchdogs } = watch({ idleMs: 5_000 }, () => 0)
  watchdogs.heard()
  stood = 3_600_000
  vi.advanceTimersByTime(5_000)
  expect(told, 'what was said meanwhile is not read yet').toEqual([])
  watchdogs.heard()
  vi.advanceTimersByTime(4_999)
  expect(told).toEqual([])
  stood += 3_000
  vi.advanceTimersByTime(2_999)
  stood += 3_600_000
  vi.advanceTimersByTime(2_001)
  expect(told, 'each time a little').toEqual([])
  vi.advanceTimersByTime(1)
  stood += 3_600_000
  vi.advanceTimersByTime(2_000)
  expect(told).toEqual(['silent'])
  watchdogs.close()
})

test('without any wait a limit is a limit', () => {
  const { told, watchdogs } = watch({ idleMs: 5_000 }, () => 0)
  watchdogs.heard()
  vi.advanceTimersByTime(4_999)
  watchdogs.heard()
  vi.advanceTimersByTime(4_999)
  expect(told).toEqual([])
  vi.advanceTimersByTime(1)
  expect(told).toEqual(['silent'])
  watchdogs.close()
})
