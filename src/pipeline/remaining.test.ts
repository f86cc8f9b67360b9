import { describe, expect, test } from 'vitest'
import { exampleAttempt as attempt, exampleConfig, exampleTask } from '../../test/helpers/examples.ts'
import type { AttemptRecord } from '../domain/run.ts'
import type { FrontMatter } from '../domain/task.ts'
import { type Choices, choicesOf } from './choices.ts'
import { mayFix, remainingOf } from './remaining.ts'

function choices(head: FrontMatter): Choices {
  return choicesOf(exampleTask({ head }), exampleConfig('/home'))
}

const LIMITED: FrontMatter = { timeout: '2m', max_turns: 10, max_budget_usd: 1, fix_attempts: 2 }

describe('what a run may still use', () => {
  test('is all of it at first', () => {
    expect(remainingOf({ attempts: [] }, choices(LIMITED))).toEqual({ turns: 10, timeMs: 120_000, usd: 1, fixes: 2 })
  })

  test('is what earlier attempts left whose work was refused; the time of the verify commands is not that of the agent', () => {
    const attempts = [attempt('verify_failed'), attempt('verify_failed', { turns: 2, cost_usd: 0.5, verify_ms: null })]
    expect(remainingOf({ attempts }, choices(LIMITED))).toEqual({ turns: 5, timeMs: 20_000, usd: 0.25, fixes: 0 })
  })

  test('counts the turns of the model, not the tool calls that it made side by side', () => {
    const attempts = [attempt('verify_failed', { turns: 13, model_turns: 4 })]
    expect(remainingOf({ attempts }, choices(LIMITED)).turns).toBe(6)
  })

  test('has turns and time anew after anything else, but never the money', () => {
    const attempts = [attempt('agent_crashed'), attempt('interrupted'), attempt('usage_limit', { cost_usd: null })]
    expect(remainingOf({ attempts }, choices(LIMITED))).toEqual({ turns: 10, timeMs: 120_000, usd: 0.5, fixes: 2 })
  })

  test('is money without the noise of sums; less than any price is nothing', () => {
    const usd = (...spent: number[]) =>
      remainingOf({ attempts: spent.map((cost_usd) => attempt('api_error', { cost_usd })) }, choices(LIMITED)).usd
    expect([usd(0.2, 0.6), usd(0.3, 0.3, 0.1, 0.3), usd(0.9999999)]).toEqual([0.2, 0, 0])
  })

  test('is not limited where nobody set a limit', () => {
    const attempts = [attempt('verify_failed')]
    expect(remainingOf({ attempts }, choices({}))).toEqual({ turns: undefined, timeMs: 260_000, usd: undefined, fixes: 0 })
  })

  test('is not used up by waiting for answers of people', () => {
    const plain = remainingOf({ attempts: [attempt('verify_failed')] }, choices(LIMITED)).timeMs
    expect(remainingOf({ attempts: [attempt('verify_failed', { waited_ms: 15_000 })] }, choices(LIMITED)).timeMs).toBe(plain + 15_000)
  })

  test('is not used up while the daemon was away between an agent and the verification of its work', () => {
    const plain = remainingOf({ attempts: [attempt('verify_failed')] }, choices(LIMITED)).timeMs
    expect(remainingOf({ attempts: [attempt('verify_failed', { idle_ms: 15_000 })] }, choices(LIMITED)).timeMs).toBe(plain + 15_000)
  })

  test('does not grow by a clock that was set back, nor by verify commands that took longer than the record says', () => {
    const back = attempt('verify_failed', { finished: '2026-11-20T08:59:00.000Z' })
    const short = attempt('verify_failed', { verify_ms: 61_000 })
    expect(remainingOf({ attempts: [back, short] }, choices(LIMITED)).timeMs).toBe(120_000)
  })
})

describe('work that was refused goes back to the agent', () => {
  const refused = attempt('verify_failed')
  const may = (head: FrontMatter, ...attempts: AttemptRecord[]) => mayFix({ attempts }, choices(head))

  test('once where nobody says more, and as often as the task says', () => {
    expect(may({}, refused)).toBe(true)
    expect(may({}, refused, refused)).toBe(false)
    expect(may({ fix_attempts: 0 }, refused)).toBe(false)
    expect(may({ fix_attempts: 3 }, refused, refused, refused)).toBe(true)
    expect(may({ fix_attempts: 3 }, refused, refused, refused, refused)).toBe(false)
  })

  test('whatever else the run met', () => {
    expect(may({}, attempt('agent_crashed'), attempt('interrupted'), refused)).toBe(true)
    expect(may({}, refused, attempt('interrupted'), refused)).toBe(false)
  })

  test('only while it has turns, time and money left', () => {
    expect(may({ max_turns: 4 }, refused)).toBe(true)
    expect(may({ max_turns: 3 }, refused)).toBe(false)
    expect(may({ max_budget_usd: 0.26 }, refused)).toBe(true)
    expect(may({ max_budget_usd: 0.25 }, refused)).toBe(false)
    expect(may({ timeout: 41 }, refused)).toBe(true)
    expect(may({ timeout: 40 }, refused)).toBe(false)
  })
})
