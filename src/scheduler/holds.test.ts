import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ERRORS, type ErrorCode, isErrorCode } from '../domain/errors.ts'
import { byClock, chargedAttempts, endsSoon, type Hold, type HoldingCode, isFree, isHolding, learn } from './holds.ts'

const NOW = Date.parse('2026-11-20T09:00:00Z')
const MINUTE = 60_000
const HOUR = 60 * MINUTE

function trouble(code: HoldingCode, resetsAt?: number) {
  return { code, message: `met ${code}`, resetsAt }
}

function met(code: HoldingCode, { started = NOW, resetsAt }: { readonly started?: number; readonly resetsAt?: number } = {}) {
  return { agent: 'claude', started, trouble: trouble(code, resetsAt) }
}

function wentWell(started: number) {
  return { agent: 'claude', started, trouble: undefined }
}

function held(over: Partial<Hold> = {}): Hold {
  return { agent: 'claude', code: 'usage_limit', message: 'met usage_limit', since: NOW, until: NOW + HOUR, strikes: 1, ...over }
}

/** How long each hold lasts when every probe meets the same again. */
function waits(code: HoldingCode, times: number): number[] {
  let hold: Hold | undefined
  let now = NOW
  return Array.from({ length: times }, () => {
    hold = learn(hold, met(code, { started: now }), now)
    const wait = (hold?.until ?? 0) - now
    now += wait
    return wait
  })
}

describe('the first strike', () => {
  test('holds the account until the time that was named, and a little longer', () => {
    const resetsAt = NOW + 3 * HOUR
    expect(learn(undefined, met('usage_limit', { resetsAt }), NOW)).toEqual({
      agent: 'claude',
      code: 'usage_limit',
      message: 'met usage_limit',
      since: NOW,
      until: resetsAt + 2_000,
      strikes: 1,
    })
  })

  test.each([
    ['is absent', undefined],
    ['is past', NOW - 1],
    ['is this very moment', NOW],
    ['is further away than any window', NOW + 30 * 24 * HOUR],
    ['is no time at all', Number.NaN],
    ['was taken for seconds', NOW * 1000],
  ])('holds it for the first wait of its kind where the time %s', (_what, resetsAt) => {
    const hold = learn(undefined, met('usage_limit', resetsAt === undefined ? {} : { resetsAt }), NOW)
    expect(hold).toMatchObject({ until: NOW + 5 * MINUTE, strikes: 1 })
  })

  test('of a weekly limit is believed', () => {
    const resetsAt = NOW + 7 * 24 * HOUR
    expect(learn(undefined, met('usage_limit', { resetsAt }), NOW)?.until).toBe(resetsAt + 2_000)
  })

  test('is none where the attempt went well', () => {
    expect(learn(undefined, wentWell(NOW), NOW)).toBeUndefined()
  })
})

test('without a time every further strike doubles the wait, up to a longest one', () => {
  const seconds = (code: HoldingCode) => waits(code, 11).map((wait) => wait / 1000)
  expect(seconds('usage_limit')).toEqual([300, 600, 1200, 2400, 3600, 3600, 3600, 3600, 3600, 3600, 3600])
  expect(seconds('overloaded')).toEqual([2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300])
  expect(seconds('rate_limited')).toEqual(seconds('overloaded'))
  expect(seconds('auth_failed')).toEqual(seconds('usage_limit'))
  expect(waits('usage_limit', 2_000).at(-1)).toBe(HOUR)
})

describe('an attempt that was under way when the hold struck', () => {
  const hold = held({ until: NOW + HOUR })

  test('does not lift it', () => {
    expect(learn(hold, wentWell(NOW - 1), NOW + 1)).toBe(hold)
    expect(learn(hold, wentWell(hold.until - 1), hold.until + 1)).toBe(hold)
  })

  test('changes nothing where it met the same', () => {
    expect(learn(hold, met('usage_limit', { started: NOW - 1, resetsAt: hold.until - 2_000 }), NOW + 1)).toBe(hold)
  })

  test('does not hide the reason behind one that ends sooner', () => {
    expect(learn(hold, met('overloaded', { started: NOW - 1 }), NOW + 1)).toBe(hold)
  })

  test('is no further strike where what it met lasts longer', () => {
    const resetsAt = NOW + 5 * HOUR
    expect(learn(hold, met('usage_limit', { started: NOW - 1, resetsAt }), NOW + 1)).toEqual({ ...hold, until: resetsAt + 2_000 })
  })

  test('counts as such however late it ends', () => {
    const late = hold.until + HOUR
    expect(learn(hold, met('usage_limit', { started: NOW - 1 }), late)).toMatchObject({ strikes: 1, until: late + 5 * MINUTE })
  })
})

describe('the probe behind the end of a hold', () => {
  const hold = held({ until: NOW, strikes: 2 })

  test('lifts it when the account does its part', () => {
    expect(learn(hold, wentWell(NOW), NOW + MINUTE)).toBeUndefined()
  })

  test('arms it again when it meets the same, with one more strike and the same beginning', () => {
    const wait = 20 * MINUTE
    expect(learn(hold, met('usage_limit'), NOW + 1)).toEqual({ ...hold, strikes: 3, until: NOW + 1 + wait, planned: wait })
  })

  test('gives it another reason and a nearer end when it meets something else', () => {
    expect(learn(hold, met('overloaded', { started: NOW }), NOW + 1)).toMatchObject({ code: 'overloaded', until: NOW + 1 + 8_000 })
  })
})

test('whatever is met in whatever order: a hold ends after now, within its longest, and begins no later than now', () => {
  const experience = fc.record({
    code: fc.option(fc.constantFrom('usage_limit', 'overloaded', 'rate_limited', 'auth_failed', 'agent_missing'), { nil: undefined }),
    agoMs: fc.integer({ min: 0, max: 2 * HOUR }),
    resetsInMs: fc.option(fc.integer({ min: -HOUR, max: 10 * 24 * HOUR }), { nil: undefined }),
    passesMs: fc.integer({ min: 0, max: HOUR }),
  })
  fc.assert(
    fc.property(fc.array(experience, { maxLength: 40 }), (story) => {
      let now = NOW
      let hold: Hold | undefined
      for (const { code, agoMs, resetsInMs, passesMs } of story) {
        now += passesMs
        const resetsAt = resetsInMs === undefined ? undefined : now + resetsInMs
        const told = { agent: 'claude', started: now - agoMs, trouble: code && trouble(code, resetsAt) }
        const before = hold
        hold = learn(before, told, now)
        if (code !== undefined) expect(hold?.until).toBeGreaterThan(now)
        if (hold === undefined) continue
        expect(hold.until - now).toBeLessThanOrEqual(8 * 24 * HOUR + 2_000)
        expect(hold.since).toBeLessThanOrEqual(now)
        expect(hold.strikes - (before?.strikes ?? 0)).toBeLessThanOrEqual(1)
        if (before && told.started < before.until) expect(hold.until).toBeGreaterThanOrEqual(before.until)
      }
    }),
  )
})

test('what holds an account, and what costs the run nothing', () => {
  const codes = Object.keys(ERRORS).filter(isErrorCode)
  const held: ErrorCode[] = ['agent_missing', 'auth_failed', 'usage_limit', 'rate_limited', 'overloaded']
  expect(codes.filter(isHolding).sort()).toEqual(held.sort())
  const free = (isProbe: boolean) => codes.filter((code) => isFree(code, isProbe)).sort()
  expect(free(false)).toEqual(['agent_missing', 'daily_budget', 'rate_limited', 'usage_limit'])
  expect(free(true)).toEqual(['agent_missing', 'auth_failed', 'daily_budget', 'rate_limited', 'usage_limit'])
})

test('only holds that pass by themselves are worth a moment of patience', () => {
  const soon = (code: HoldingCode) => endsSoon(held({ code, until: NOW + 59_000 }), NOW, MINUTE)
  expect([soon('usage_limit'), soon('overloaded'), soon('rate_limited'), soon('auth_failed'), soon('agent_missing')]).toEqual([
    true,
    true,
    true,
    false,
    false,
  ])
  expect(endsSoon(held({ until: NOW + MINUTE }), NOW, MINUTE)).toBe(false)
})

test('attempts that only met a limit are not charged, interruptions and open ones are', () => {
  const outcomes = ['usage_limit', 'rate_limited', 'daily_budget', 'interrupted', 'overloaded', 'agent_crashed', null]
  expect(chargedAttempts(outcomes.map((outcome) => ({ outcome })))).toBe(4)
  expect(chargedAttempts([])).toBe(0)
})

test('attempts whose work a verify command refused are not charged, as often as it did', () => {
  const outcomes = ['verify_failed', 'agent_crashed', 'verify_failed', 'verify_failed', 'interrupted']
  expect(chargedAttempts(outcomes.map((outcome) => ({ outcome })))).toBe(2)
})

test('a hold of our own making lasts no longer for a clock that was set back; an end that was named stays', () => {
  const hold = learn(undefined, met('usage_limit'), NOW) ?? held()
  expect(byClock(hold, NOW + MINUTE)).toBe(hold)
  expect(byClock(hold, NOW - 3 * HOUR)).toEqual({ ...hold, until: NOW - 3 * HOUR + 5 * MINUTE })
  const named = learn(undefined, met('usage_limit', { resetsAt: NOW + HOUR }), NOW) ?? held()
  expect(byClock(named, NOW - 3 * HOUR)).toBe(named)
})
