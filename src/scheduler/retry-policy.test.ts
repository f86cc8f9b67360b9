import { expect, test } from 'vitest'
import { ERRORS, isErrorCode } from '../domain/errors.ts'
import { plannedTime, retryDelay } from './retry-policy.ts'

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

test('what is passing, so that a further attempt may help, and what is not', () => {
  const codes = Object.keys(ERRORS).filter(isErrorCode)
  const passing = codes.filter((code) => ERRORS[code].retryable)
  const failing = codes.filter((code) => ERRORS[code].area === 'task' && !ERRORS[code].retryable)
  expect(passing.sort()).toEqual([
    'agent_crashed',
    'agent_interrupted',
    'api_error',
    'api_unreachable',
    'daily_budget',
    'no_output',
    'overloaded',
    'rate_limited',
    'session_lost',
    'silent',
    'storage_failed',
    'usage_limit',
  ])
  expect(failing.sort()).toEqual([
    'agent_failed',
    'agent_missing',
    'agent_root_refused',
    'agent_unknown',
    'agent_usage',
    'auth_failed',
    'billing',
    'broke_off',
    'cancelled',
    'criteria_unmet',
    'cwd_missing',
    'cwd_outside_root',
    'dependency_failed',
    'interrupted_too_often',
    'invalid_request',
    'max_budget',
    'max_turns',
    'model_unknown',
    'not_resumable',
    'nothing_done',
    'output_cut',
    'permission_denied',
    'prompt_too_long',
    'question_unanswered',
    'refused',
    'resume_unknown',
    'timeout',
    'verify_failed',
  ])
})

test('an attempt planned by a clock that has been set back since is due', () => {
  const now = Date.parse('2026-11-20T09:00:00Z')
  expect([undefined, now - 1, now + 300_000, now + 300_001].map((planned) => plannedTime(planned, now))).toEqual([
    undefined,
    now - 1,
    now + 300_000,
    undefined,
  ])
})
