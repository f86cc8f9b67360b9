import { expect, test } from 'vitest'
import { formatCost, formatEffort } from './effort.ts'

test('what is not known of an effort is left out', () => {
  expect(formatEffort({ durationMs: 72_000, turns: 1, costUsd: 0.0421 })).toBe('1m 12s · 1 turn · $0.04')
  expect(formatEffort({ durationMs: null, turns: 3, costUsd: null })).toBe('3 turns')
  expect([null, 0, 0.001, 12.5].map(formatCost)).toEqual(['', '$0.00', '<$0.01', '$12.50'])
})
