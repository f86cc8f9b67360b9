import { expect, test } from 'vitest'
import { nearest } from './nearest.ts'

const KEYS = ['id', 'type', 'priority', 'timeout', 'max_turns', 'max_budget_usd', 'depends_on', 'allowed_tools', 'disallowed_tools']

test.each([
  ['max_budget_use', 'max_budget_usd'],
  ['maxBudgetUsd', 'max_budget_usd'],
  ['MAX-TURNS', 'max_turns'],
  ['piority', 'priority'],
  ['tiemout', 'timeout'],
  ['tpye', 'type'],
  ['budget', 'max_budget_usd'],
  ['depends', 'depends_on'],
  ['pri', 'priority'],
])('%s is taken for %s', (word, name) => {
  expect(nearest(word, KEYS)).toBe(name)
})

test.each(['colour', 'x', 'max', 'out', '', 'tools', '修复', 'q'.repeat(20_000)])(
  'nothing is suggested for a word that is near to no name or to several',
  (word) => {
    expect(nearest(word, KEYS)).toBeUndefined()
  },
)

test('the nearer of two names is taken', () => {
  expect(nearest('alowed_tools', KEYS)).toBe('allowed_tools')
  expect(nearest('disalowed_tools', KEYS)).toBe('disallowed_tools')
})
