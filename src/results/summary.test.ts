import { expect, test } from 'vitest'
import { exampleResult } from '../../test/helpers/examples.ts'
import { failure } from '../domain/errors.ts'
import { templateSummary, wordedSummary } from './summary.ts'

test('a completed run is told in a few lines', () => {
  expect(templateSummary(exampleResult())).toBe(`✔ completed · Fix the login timeout
3m 12s · 14 turns · $0.42 · claude (claude-sonnet-4-5)

The timeout was read in seconds and compared in minutes.
It is fixed, and a test covers it.

Changed: src/auth/session.ts
`)
})

test('a failed run says why and what to do before anything else', () => {
  const result = exampleResult({
    status: 'failed',
    failure: failure('timeout', 'Stopped after\n  300 s.'),
    output: '',
    files_changed: null,
  })

  expect(templateSummary(result)).toBe(`✖ failed · Fix the login timeout
3m 12s · 14 turns · $0.42 · claude (claude-sonnet-4-5)

Failed: Stopped after 300 s.
→ Raise timeout, or split the task; what was done so far is in the workspace.
`)
})

test('a cancelled run is not called a failure', () => {
  const result = exampleResult({ status: 'cancelled', failure: failure('cancelled', 'The task was cancelled by me.'), output: '' })

  expect(templateSummary(result)).toContain('■ cancelled · Fix the login timeout\n')
  expect(templateSummary(result)).toContain('\n\nThe task was cancelled by me.\n→ Retry the task if it was a mistake.\n')
})

test('the demo is marked, and what is not known is left out', () => {
  const result = exampleResult({ demo: true, agent: 'demo', model: null, turns: 1, cost_usd: null, output: 'Done.', files_changed: [] })

  expect(templateSummary(result)).toBe('✔ completed · Fix the login timeout (demo)\n3m 12s · 1 turn · demo\n\nDone.\n')
})

test.each([
  [0, '$0.00'],
  [0.004, '<$0.01'],
  [0.005, '$0.01'],
  [12.3456, '$12.35'],
])('a cost of %d dollars is written as %s', (cost_usd, text) => {
  expect(templateSummary(exampleResult({ cost_usd })).split('\n')[1]).toContain(` · ${text} · `)
})

test('a long output is cut at a line end, and further files are counted', () => {
  const files_changed = ['a', 'b', 'c', 'd', 'e'].map((path) => ({ path, change: 'added' as const }))
  const output = Array.from({ length: 30 }, (_, n) => `line ${n}\n`).join('\n')

  expect(templateSummary(exampleResult({ output, files_changed })).split('\n').slice(3)).toEqual([
    ...Array.from({ length: 8 }, (_, n) => `line ${n}`),
    '…',
    '',
    'Changed: a, b, c (+2 more)',
    '',
  ])
})

test('however much an agent says, the summary fits on a phone', () => {
  const output = `${'很长的一行😀'.repeat(100_000)}\n`.repeat(3)
  const result = exampleResult({
    status: 'failed',
    failure: failure('agent_crashed', 'stderr '.repeat(10_000)),
    title: 'title '.repeat(100),
    output,
    files_changed: [{ path: 'deep/'.repeat(1000), change: 'added' }],
  })

  const lines = templateSummary(result).split('\n')
  expect(lines.length).toBeLessThanOrEqual(16)
  expect(Math.max(...lines.map((line) => [...line].length))).toBeLessThanOrEqual(240)
  expect(lines.join('')).not.toMatch(/\p{Surrogate}/u)
})

test('colours, bells and other control characters of the agent do not reach the reader', () => {
  const result = exampleResult({ title: 'a\u001b[2Jb', output: '\u001b[31mred\u001b[0m\u0007 \u009b1mtext\r\nnext' })

  expect(templateSummary(result)).toContain('completed · ab\n')
  expect(templateSummary(result)).toContain('\n\nred text\nnext\n\n')
})

test('the words of a model stand between facts that they cannot change', () => {
  const result = exampleResult({ status: 'failed', failure: failure('permission_denied') })

  expect(wordedSummary(result, '✔ completed\nEverything went well.')).toBe(`✖ failed · Fix the login timeout
3m 12s · 14 turns · $0.42 · claude (claude-sonnet-4-5)

Failed: The agent was denied a tool that it asked for.
→ Allow the tool with allowed_tools or permission_mode, or set CLAUDE_SKIP_PERMISSIONS=true, then retry.

✔ completed
Everything went well.

Changed: src/auth/session.ts
`)
})
