import { expect, test } from 'vitest'
import { retryDelay } from './retry-policy.ts'

const most = () => 1

test('waits longer after each attempt, at most five minutes', () => {
  const delays = [1, 2, 3, 4, 5, 20].map((attempts) => retryDelay(attempts, 100, most))
  expect(delays).toEqual([2_000, 4_000, 8_000, 16_000, 32_000, 300_000])
})

test('spreads the wait over the whole span', () => {
  expect(retryDelay(1, 2, () => 0)).toBe(0)
  expect(retryDelay(1, 2, () => 0.25)).toBe(500)
})

test('gives up when the retries are used up', () => {
  expect(retryDelay(2, 2, most)).toBe(4_000)
  expect(retryDelay(3, 2, most)).toBeUndefined()
  expect(retryDelay(1, 0, most)).toBeUndefined()
})
