import { expect, test } from 'vitest'
import { Flood } from './flood.ts'

test('a burst is taken, then one message every so often; the first refusal is told apart, and each user has a bucket', () => {
  const flood = new Flood({ burst: 2, everyMs: 1_000 })
  expect([0, 0, 0, 0, 500, 1_000, 1_000, 9_000, 9_000, 9_000].map((now) => flood.judge(7, now))).toEqual([
    ...['take', 'take', 'refuse', 'refuse again', 'refuse again', 'take', 'refuse', 'take', 'take', 'refuse'],
  ])
  expect(flood.judge(8, 0)).toBe('take')
})

test('a clock that goes back gives nothing away', () => {
  const flood = new Flood({ burst: 1, everyMs: 1_000 })
  expect([5_000, 0, 500].map((now) => flood.judge(7, now))).toEqual(['take', 'refuse', 'refuse again'])
})
