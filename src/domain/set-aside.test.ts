import { expect, test } from 'vitest'
import { exampleRecord } from '../../test/helpers/examples.ts'
import type { AttemptRecord } from './run.ts'
import { committedUsd, hasUntoldCost, withShare } from './set-aside.ts'

const attempt = (number: number, cost_usd: number | null): AttemptRecord => ({
  attempt: number,
  started: '2026-11-20T09:00:01.000Z',
  finished: null,
  outcome: null,
  session_id: null,
  turns: null,
  cost_usd,
  tokens: null,
  verify_ms: null,
})

test('a cost that is known counts as it is, another with what the attempt was given', () => {
  const first = withShare(exampleRecord({ attempts: [attempt(1, null)] }), 0.5)
  const second = withShare({ ...first, attempts: [attempt(1, 0.125), attempt(2, null)] }, 0.25)
  expect(second.set_aside).toEqual({ 1: 0.5, 2: 0.25 })
  expect([first, second, withShare(second, undefined)].map(committedUsd)).toEqual([0.5, 0.375, 0.125])
})

test('without a budget the record stays as it is', () => {
  const record = exampleRecord({ attempts: [attempt(1, null)] })
  expect(withShare(record, undefined)).toBe(record)
  expect(committedUsd(record)).toBe(0)
})

test('an attempt whose conversation had begun may have cost what it did not tell', () => {
  const report = { output: '', denials: [], warnings: [] }
  expect([report, { ...report, sessionId: 's' }, { ...report, sessionId: 's', costUsd: 0 }].map(hasUntoldCost)).toEqual([
    false,
    true,
    false,
  ])
})
