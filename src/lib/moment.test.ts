import { beforeEach, expect, test, vi } from 'vitest'
import { formatClock, formatMoment } from './moment.ts'

beforeEach(() => {
  vi.stubEnv('TZ', 'America/New_York')
  return () => vi.unstubAllEnvs()
})

test('times are those of this machine', () => {
  expect(formatClock('2026-11-21T02:41:19.500Z')).toBe('21:41:19')
  expect(formatMoment('2026-11-21T02:41:19.500Z')).toBe('2026-11-20 21:41:19')
  expect([formatClock('when?'), formatMoment('when?')]).toEqual(['--:--:--', 'when?'])
})
