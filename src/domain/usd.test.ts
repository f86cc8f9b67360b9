import fc from 'fast-check'
import { expect, test } from 'vitest'
import { floorUsd, roundUsd } from './usd.ts'

const noisy = 0.8 - 0.6

test('noise of binary fractions goes, either way', () => {
  expect([noisy, 0.1 + 0.2, 0.57, 100].map(floorUsd)).toEqual([0.2, 0.3, 0.57, 100])
  expect([noisy, 0.1 + 0.2, 1e-7].map(roundUsd)).toEqual([0.2, 0.3, 0])
})

test('what may be spent is never rounded up, and less than the smallest price is nothing', () => {
  expect([0.1999999, 1e-6, 9e-7, 1e-17].map(floorUsd)).toEqual([0.199999, 1e-6, 0, 0])
  fc.assert(
    fc.property(fc.double({ min: 0, max: 10_000, noNaN: true }), (usd) => {
      expect(floorUsd(usd)).toBeLessThanOrEqual(usd + 1e-11)
      expect(floorUsd(usd)).toBeGreaterThan(usd - 1.1e-6)
      expect(floorUsd(floorUsd(usd))).toBe(floorUsd(usd))
    }),
  )
})
