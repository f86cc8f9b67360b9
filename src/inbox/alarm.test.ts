import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Alarm } from './alarm.ts'

const ring = vi.fn()
beforeEach(() => {
  vi.useFakeTimers()
  ring.mockClear()
})
afterEach(() => vi.useRealTimers())

test('rings at the earliest time that was asked for, and for all of them once', () => {
  const alarm = new Alarm(ring)
  alarm.in(50)
  alarm.in(20)
  alarm.in(30)
  vi.advanceTimersByTime(19)
  expect(ring).not.toHaveBeenCalled()
  vi.advanceTimersByTime(1_000)
  expect(ring).toHaveBeenCalledOnce()
})

test('can be asked again when it rings, and what is past comes in the next turn', () => {
  const alarm = new Alarm(() => {
    ring()
    if (ring.mock.calls.length < 3) alarm.in(-5)
  })
  alarm.in(0)
  expect(ring).not.toHaveBeenCalled()
  vi.advanceTimersByTime(10)
  expect(ring).toHaveBeenCalledTimes(3)
})

test('does not ring any more when it is stopped', () => {
  const alarm = new Alarm(ring)
  alarm.in(5)
  alarm.stop()
  vi.advanceTimersByTime(10)
  expect(ring).not.toHaveBeenCalled()
})
