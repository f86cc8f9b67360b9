import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { holdViews } from './hold-views.ts'

const NOW = Date.parse('2026-11-20T09:00:00.000Z')
const LATER = NOW + 3_600_000

beforeEach(() => void vi.stubEnv('TZ', 'UTC'))
afterEach(() => void vi.unstubAllEnvs())

test('every hold says whose it is, what caused it and when it ends, as far as that is known', () => {
  const hold = { agent: 'claude', code: 'usage_limit' as const, message: 'You have hit your limit.', since: NOW, until: LATER, strikes: 1 }
  const budget = { limitUsd: 5, leftUsd: 0, freeSlots: 1, until: LATER }
  const all = { paused: true, storageProblem: 'ENOSPC: no space left on device', agents: [hold], budget, stopping: true }
  expect(holdViews(all, NOW)).toEqual([
    { kind: 'paused', reason: 'paused; `orchestrator resume` opens the queue', agent: null, code: null, until: null },
    { kind: 'storage', reason: 'ENOSPC: no space left on device', agent: null, code: null, until: null },
    {
      kind: 'agent',
      reason: 'claude is held until 2026-11-20 10:00:00 (1h), usage_limit: You have hit your limit.',
      agent: 'claude',
      code: 'usage_limit',
      until: '2026-11-20T10:00:00.000Z',
    },
    {
      kind: 'daily_budget',
      reason: 'of the daily budget of $5 only $0.00 is left; the next day begins in 1h',
      agent: null,
      code: null,
      until: '2026-11-20T10:00:00.000Z',
    },
    { kind: 'stopping', reason: 'the daemon is stopping', agent: null, code: null, until: null },
  ])
  expect(holdViews({ paused: false, agents: [] }, NOW)).toEqual([])
})
