import { beforeEach, expect, test, vi } from 'vitest'
import { formatCost, formatEffort } from './effort.ts'
import { formatAge, formatClock, formatElapsed, formatMoment } from './time.ts'

beforeEach(() => {
  vi.stubEnv('TZ', 'America/New_York')
  return () => vi.unstubAllEnvs()
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

test('times are those of this machine', () => {
  expect(formatClock('2026-11-21T02:41:19.500Z')).toBe('21:41:19')
  expect(formatMoment('2026-11-21T02:41:19.500Z')).toBe('2026-11-20 21:41:19')
  expect([formatClock('when?'), formatMoment('when?')]).toEqual(['--:--:--', 'when?'])
})

test('what is not known of an effort is left out', () => {
  expect(formatEffort({ durationMs: 72_000, turns: 1, costUsd: 0.0421 })).toBe('1m 12s · 1 turn · $0.04')
  expect(formatEffort({ durationMs: null, turns: 3, costUsd: null })).toBe('3 turns')
  expect([null, 0, 0.001, 12.5].map(formatCost)).toEqual(['', '$0.00', '<$0.01', '$12.50'])
})
