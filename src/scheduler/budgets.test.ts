import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type DayBudget, dayOf, grant, nextDay } from './budgets.ts'

function day(over: Partial<DayBudget> = {}): DayBudget {
  return { limitUsd: 10, leftUsd: 6, freeSlots: 3, until: 0, ...over }
}

describe('what is set aside for a task', () => {
  test('is what it may spend by its own budget, if the day has it', () => {
    expect(grant(day(), 6)).toBe(6)
    expect(grant(day(), 0.25)).toBe(0.25)
    expect(grant(day(), 6.01)).toBeUndefined()
  })

  test('is an equal share of what is left where it has none of its own', () => {
    expect(grant(day(), undefined)).toBe(2)
    expect(grant(day({ freeSlots: 1 }), undefined)).toBe(6)
    expect(grant(day({ freeSlots: 0 }), undefined)).toBe(6)
  })

  test('is the whole day where it may spend more than a day has: else it would wait for ever', () => {
    expect(grant(day({ leftUsd: 10 }), 25)).toBe(10)
    expect(grant(day({ leftUsd: 9.99 }), 25)).toBeUndefined()
  })

  test('is nothing once less than a cent is left', () => {
    expect(grant(day({ leftUsd: 0.01 }), undefined)).toBeCloseTo(0.01 / 3)
    expect(grant(day({ leftUsd: 0.0099 }), undefined)).toBeUndefined()
    expect(grant(day({ leftUsd: -1 }), 0.001)).toBeUndefined()
  })

  test('is never more than is left, whoever asks in whatever order', () => {
    const wants = fc.array(fc.option(fc.double({ min: 0.01, max: 20, noNaN: true }), { nil: undefined }), { maxLength: 30 })
    fc.assert(
      fc.property(wants, fc.double({ min: 0.01, max: 10, noNaN: true }), fc.integer({ min: 1, max: 16 }), (asked, limitUsd, slots) => {
        let leftUsd = limitUsd
        for (const [index, wantsUsd] of asked.entries()) {
          const granted = grant({ limitUsd, leftUsd, freeSlots: Math.max(0, slots - index), until: 0 }, wantsUsd)
          leftUsd -= granted ?? 0
          expect(leftUsd).toBeGreaterThanOrEqual(-1e-9)
        }
      }),
    )
  })
})

test('a day is one of the place where the machine stands, and the next begins at its midnight', () => {
  const late = new Date(2026, 11, 31, 23, 59, 59, 999)
  const next = nextDay(late)
  expect(dayOf(late)).toBe('2026-12-31')
  expect(next - late.getTime()).toBe(1)
  expect(dayOf(new Date(next))).toBe('2027-01-01')
  expect(dayOf(new Date(2027, 0, 1))).toBe('2027-01-01')
})
