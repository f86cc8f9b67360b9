import { expect, test } from 'vitest'
import { exampleResult } from '../../test/helpers/examples.ts'
import { failure } from '../domain/errors.ts'
import { readSummaryAnswer, summaryQuestion } from './summary.ts'

test('the question holds the facts and the last words of the agent', () => {
  const { material, format } = summaryQuestion(exampleResult({ status: 'failed', failure: failure('timeout') }))

  expect(material).toBe(`Task: Fix the login timeout
Status: failed
Failure: The task did not end within its time.
Files changed: src/auth/session.ts

The last words of the agent:
The timeout was read in seconds and compared in minutes.
It is fixed, and a test covers it.`)
  expect(format).toMatchObject({ properties: { summary: { type: 'string' } }, required: ['summary'] })
})

test('what did not hold is among the facts', () => {
  const verify = [
    { command: 'npm test', exit_code: 1, duration_ms: 1, output: '' },
    { command: 'npm run lint', exit_code: 0, duration_ms: 1, output: '' },
  ]
  const criteria = [{ text: 'a session lives for 30 minutes', status: 'unmet' as const, evidence: 'It does not.', judged_by: 'x' }]

  expect(summaryQuestion(exampleResult({ verify, criteria })).material).toContain(`
Checks that failed: npm test
Criteria that are not met: a session lives for 30 minutes
`)
})

test('a run of any size makes a question that a small model can hold', () => {
  const files_changed = Array.from({ length: 10_000 }, (_, n) => ({
    path: `file-${n}`,
    change: 'added' as const,
    lines_added: 1,
    lines_removed: 0,
  }))

  expect(summaryQuestion(exampleResult({ output: 'x'.repeat(1e6), files_changed })).material.length).toBeLessThan(13_000)
})

test('a summary that fits is taken', () => {
  expect(readSummaryAnswer({ summary: ' The timeout is fixed.\nA test covers it.\n' })).toBe('The timeout is fixed.\nA test covers it.')
})

test.each([
  [undefined],
  [null],
  ['text'],
  [{}],
  [{ summary: 1 }],
  [{ summary: '' }],
  [{ summary: ' \n ' }],
  [{ summary: 'x'.repeat(801) }],
  [{ summary: 'line\n'.repeat(11) }],
])('%j is no summary', (answer) => {
  expect(readSummaryAnswer(answer)).toBeUndefined()
})
