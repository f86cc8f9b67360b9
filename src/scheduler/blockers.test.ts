import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { exampleCandidate, exampleWorld } from '../../test/helpers/examples.ts'
import { type Blocker, type Busy, blockedBy, describeBlocker, describeHold, startsSoon, type World } from './blockers.ts'
import type { Hold } from './holds.ts'

beforeEach(() => void vi.stubEnv('TZ', 'UTC'))
afterEach(() => void vi.unstubAllEnvs())

const NOW = Date.parse('2026-11-20T09:00:00Z')
const HOUR = 3_600_000

const hold: Hold = {
  agent: 'claude',
  code: 'usage_limit',
  message: 'You have hit your limit',
  since: NOW - HOUR,
  until: NOW + HOUR,
  strikes: 1,
}

const candidate = exampleCandidate()

const world = exampleWorld()

function busy(over: Partial<Busy> = {}): Busy {
  return { taskId: 'b', agent: 'claude', directory: '/other', writes: true, since: NOW - HOUR, ...over }
}

test('of all reasons the one is told that a person would see to first', () => {
  const waiting = { ...candidate, notBefore: NOW + 1, dependsOn: ['done', 'base'], wantsUsd: 1 }
  const budget = { limitUsd: 1, leftUsd: 0, freeSlots: 1, until: NOW + HOUR }
  const user = busy({ directory: '/repo' })
  const reasons: Partial<World>[] = [
    { paused: true },
    { storageProblem: 'disk full' },
    { now: NOW },
    { dependency: (id) => (id === 'done' ? 'completed' : 'pending') },
    { hold: () => hold },
    { budget },
    { busy: [user] },
  ]
  const told: (Blocker | undefined)[] = []
  while (reasons.length > 0) {
    told.push(blockedBy(waiting, Object.assign({}, world, { now: NOW + 1 }, ...reasons)))
    reasons.shift()
  }
  told.push(blockedBy(waiting, { ...world, now: NOW + 1 }))
  expect(told).toEqual([
    { kind: 'paused' },
    { kind: 'storage', problem: 'disk full' },
    { kind: 'not_before', until: NOW + 1 },
    { kind: 'depends_on', id: 'base', state: 'pending' },
    { kind: 'hold', hold },
    { kind: 'daily_budget', budget },
    { kind: 'directory', path: '/repo', by: 'b' },
    undefined,
  ])
})

describe('a hold', () => {
  const over: Hold = { ...hold, until: NOW }

  test('blocks tasks of its agent alone', () => {
    const claudeHeld: World = { ...world, hold: (agent) => (agent === 'claude' ? hold : undefined) }
    expect(blockedBy(candidate, claudeHeld)).toEqual({ kind: 'hold', hold })
    expect(blockedBy({ ...candidate, agent: 'codex' }, claudeHeld)).toBeUndefined()
  })

  test('lets one task through at its end, whatever still runs from before', () => {
    const runsOn = busy({ since: NOW - 1 })
    expect(blockedBy(candidate, { ...world, hold: () => over, busy: [runsOn] })).toBeUndefined()
  })

  test('lets no second one through while the first tries', () => {
    const tries = busy({ taskId: 'probe', since: NOW })
    expect(blockedBy(candidate, { ...world, hold: () => over, busy: [busy(), tries] })).toEqual({
      kind: 'probe',
      agent: 'claude',
      by: 'probe',
    })
    expect(blockedBy(candidate, { ...world, hold: () => over, busy: [{ ...tries, agent: 'codex' }] })).toBeUndefined()
  })
})

describe('the budget of the day', () => {
  const budget = { limitUsd: 1, leftUsd: 0.4, freeSlots: 2, until: NOW + HOUR }

  test('blocks what it cannot pay for, and lets smaller ones pass', () => {
    expect(blockedBy({ ...candidate, wantsUsd: 0.6 }, { ...world, budget })).toEqual({ kind: 'daily_budget', budget })
    expect(blockedBy({ ...candidate, wantsUsd: 0.4 }, { ...world, budget })).toBeUndefined()
    expect(blockedBy(candidate, { ...world, budget })).toBeUndefined()
  })
})

describe('a directory', () => {
  test.each([
    ['a writer waits for a writer', { inside: true, comes: true }, false],
    ['a reader waits for a writer', { inside: true, comes: false }, false],
    ['a writer waits for a reader', { inside: false, comes: true }, false],
    ['readers share it', { inside: false, comes: false }, true],
  ])('%s', (_what, { inside, comes }, free) => {
    const blocker = blockedBy({ ...candidate, writes: comes }, { ...world, busy: [busy({ directory: '/repo', writes: inside })] })
    expect(blocker).toEqual(free ? undefined : { kind: 'directory', path: '/repo', by: 'b' })
  })

  test('that cannot be told keeps nobody out', () => {
    expect(blockedBy({ ...candidate, directory: undefined }, { ...world, busy: [busy({ directory: undefined })] })).toBeUndefined()
  })
})

test('every reason is one plain sentence', () => {
  const budget = { limitUsd: 5, leftUsd: -0.2, freeSlots: 2, until: NOW + 2 * HOUR }
  const blockers: Blocker[] = [
    { kind: 'paused' },
    { kind: 'storage', problem: 'ENOSPC: no space left on device' },
    { kind: 'not_before', until: NOW },
    { kind: 'depends_on', id: 'base', state: 'completed' },
    { kind: 'depends_on', id: 'base', state: 'failed' },
    { kind: 'depends_on', id: 'base', state: 'pending' },
    { kind: 'depends_on', id: 'base', state: 'unknown' },
    { kind: 'hold', hold },
    { kind: 'probe', agent: 'claude', by: 'b' },
    { kind: 'daily_budget', budget },
    { kind: 'directory', path: '/repo', by: 'b' },
  ]
  expect(blockers.map((blocker) => describeBlocker(blocker, NOW))).toEqual([
    'the queue is paused; `orchestrator resume` opens it',
    'the home cannot be written: ENOSPC: no space left on device',
    'it does not start before 2026-11-20 09:00:00',
    'base is completed',
    'it depends on base, which failed',
    'it depends on base, which is not finished',
    'it depends on base, and no task of that id exists',
    'claude is held until 2026-11-20 10:00:00 (1h), usage_limit: You have hit your limit',
    'b tries whether claude works again',
    'of the daily budget of $5 only $0.00 is left; the next day begins in 2h',
    'b works in /repo',
  ])
  expect(describeHold({ ...hold, until: NOW }, NOW)).toBe(
    'claude is held until the next task has tried it, usage_limit: You have hit your limit',
  )
})

test('a task is waited for that starts by itself in time, but not one that named its time or waits for a person', () => {
  const soon = (blocker: Blocker | undefined, begun = false) => startsSoon({ begun }, blocker, NOW, HOUR)
  expect([soon(undefined), soon({ kind: 'storage', problem: 'full' }), soon({ kind: 'not_before', until: NOW + 1 }, true)]).toEqual([
    true,
    true,
    true,
  ])
  expect([soon({ kind: 'not_before', until: NOW + 1 }), soon({ kind: 'paused' }), soon({ kind: 'directory', path: '/', by: 'b' })]).toEqual(
    [false, false, false],
  )
  const held = (until: number, code: Hold['code'] = 'usage_limit') => soon({ kind: 'hold', hold: { ...hold, code, until } })
  expect([held(NOW + HOUR - 1), held(NOW + HOUR), held(NOW + 1, 'auth_failed')]).toEqual([true, false, false])
})

test('work that is only to be judged waits for no account, no probe and no money', () => {
  const budget = { limitUsd: 1, leftUsd: 0, freeSlots: 1, until: NOW + HOUR }
  const held: World = { ...world, budget, hold: () => hold }
  const open: World = { ...held, hold: () => ({ ...hold, until: NOW - 1 }), busy: [busy({ since: NOW })] }
  const worked = { ...candidate, agent: undefined, wantsUsd: 0 }
  for (const now of [held, open]) {
    expect(blockedBy(candidate, now)).toBeDefined()
    expect(blockedBy(worked, now)).toBeUndefined()
  }
  expect(
    blockedBy(candidate, { ...open, budget: undefined, busy: [busy({ agent: undefined, since: NOW })] }),
    'it tries nothing',
  ).toBeUndefined()
})
