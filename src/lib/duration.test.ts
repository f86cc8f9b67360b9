import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatAge, formatDuration, formatElapsed, parseDuration } from './duration.ts'

test.each([
  ['90s', 90_000],
  ['15m', 900_000],
  ['2h', 7_200_000],
  ['1.5h', 5_400_000],
  ['2 h', 7_200_000],
  ['45', 45_000],
  [45, 45_000],
  [0.25, 250],
])('%s is %d milliseconds', (written, ms) => {
  expect(parseDuration(written)).toBe(ms)
})

test.each(['', 's', '-5s', '5 days', '1h30m', '1e3', 'NaN', Number.NaN, Number.POSITIVE_INFINITY, -1])(
  '%s is not a duration',
  (written) => {
    expect(parseDuration(written)).toBeUndefined()
  },
)

test.each([
  [-1, '0ms'],
  [849.6, '850ms'],
  [1_000, '1s'],
  [12_400, '12s'],
  [59_600, '1m'],
  [72_000, '1m 12s'],
  [3_599_600, '1h'],
  [7_500_000, '2h 5m'],
  [86_399_000, '1d'],
  [273_600_000, '3d 4h'],
])('%d milliseconds are written %s', (ms, written) => {
  expect(formatDuration(ms)).toBe(written)
})

test('what is written is within half of its smaller unit of what it stands for', () => {
  const size: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1_000_000_000 }), (ms) => {
      const parts = [...formatDuration(ms).matchAll(/(\d+)(ms|s|m|h|d)/g)].map(
        ([, amount, unit = 'ms']) => Number(amount) * (size[unit] ?? 0),
      )
      const total = parts.reduce((sum, part) => sum + part, 0)
      const half = ms < 1_000 ? 1 : ms < 3_570_000 ? 500 : ms < 86_000_000 ? 30_500 : 1_830_500
      expect(Math.abs(total - ms)).toBeLessThanOrEqual(half)
    }),
  )
})

test.each([
  [-5, '0s'],
  [59_999, '59s'],
  [60_000, '1m'],
  [3_599_999, '59m'],
  [3_600_000, '1h'],
  [86_400_000 * 3 + 1, '3d'],
])('%i ms ago is %s', (ms, age) => {
  expect(formatAge(ms)).toBe(age)
})

test('what goes on is told in whole seconds', () => {
  expect([-1, 999, 1_999, 72_900].map(formatElapsed)).toEqual(['0s', '0s', '1s', '1m 12s'])
})
