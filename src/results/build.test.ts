import { expect, test } from 'vitest'
import { exampleRecord, exampleResult, exampleTask } from '../../test/helpers/examples.ts'
import { failure } from '../domain/errors.ts'
import type { AttemptRecord } from '../domain/run.ts'
import { type Account, buildResult } from './build.ts'

const report = {
  output: exampleResult().output,
  sessionId: 'session-1',
  model: 'claude-sonnet-4-5',
  turns: 14,
  costUsd: 0.42,
  denials: [],
  warnings: [],
}
const account: Account = {
  task: exampleTask(),
  record: exampleRecord(),
  status: 'completed',
  failure: null,
  agent: 'claude',
  demo: false,
  report,
  workspace: { kind: 'in-place', path: '/work/app' },
  criteria: exampleResult().criteria,
  warnings: [],
  finished: new Date('2026-11-20T09:03:14.000Z'),
}

test('a run of one attempt becomes its result, field by field', () => {
  expect(buildResult(account)).toEqual(exampleResult())
})

test('turns, tokens, cost and time are those of all attempts; output and session those of the last', () => {
  const [last] = exampleRecord().attempts
  const tokens = { input: 1, output: 2, cache_read: 3, cache_creation: 4 }
  const first = { ...last, attempt: 1, finished: '2026-11-20T09:00:11.000Z', outcome: 'overloaded', session_id: 'session-0', turns: 3 }
  const attempts = [
    { ...first, cost_usd: 0.1, tokens } as AttemptRecord,
    { ...first, attempt: 2, finished: null, outcome: 'interrupted', turns: null, cost_usd: null, tokens: null } as AttemptRecord,
    { ...last, attempt: 3, cost_usd: 0.2 } as AttemptRecord,
  ]

  const result = buildResult({ ...account, record: exampleRecord({ attempts }) })

  expect(result).toEqual(
    exampleResult({
      attempts,
      turns: 17,
      cost_usd: 0.3,
      tokens: { input: 101, output: 202, cache_read: 3003, cache_creation: 404 },
      timings: { ...exampleResult().timings, worked_ms: 202_000 },
    }),
  )
})

test('what the file probably does not mean comes before what the agent and the checks warn of', () => {
  const task = exampleTask({ warnings: ['of the file'] })
  const warned = buildResult({ ...account, task, report: { ...report, warnings: ['of the agent'] }, warnings: ['of a check'] })
  expect(warned.warnings).toEqual(['of the file', 'of the agent', 'of a check'])
})

test('a run that never started its agent waited until its end and has no numbers', () => {
  const missing = failure('cwd_missing')
  const result = buildResult({
    task: exampleTask({ head: { model: 'opus' }, extras: {} }),
    record: exampleRecord({ attempts: [], files_changed: [] }),
    status: 'failed',
    failure: missing,
    criteria: exampleResult().criteria,
    warnings: [],
    agent: 'claude',
    demo: false,
    report: { output: '', denials: [], warnings: [] },
    finished: new Date('2026-11-20T09:00:00.750Z'),
  })

  expect(result).toEqual(
    exampleResult({
      status: 'failed',
      failure: missing,
      model: 'opus',
      tags: [],
      timings: { queued: '2026-11-20T09:00:00.000Z', started: null, finished: '2026-11-20T09:00:00.750Z', waited_ms: 750, worked_ms: 0 },
      attempts: [],
      output: '',
      session_id: null,
      turns: null,
      tokens: null,
      cost_usd: null,
      files_changed: [],
      workspace: { kind: 'none', path: null },
      origin: null,
      extras: {},
    }),
  )
})

test('a clock that was set back makes no negative times', () => {
  const { timings } = buildResult({ ...account, record: exampleRecord({ queued: '2026-11-20T10:00:00.000Z' }) })

  expect(timings.waited_ms).toBe(0)
})

test('what an attempt was idle since a daemon had ended is not told as work', () => {
  const { timings } = buildResult(account)
  const attempts = exampleRecord().attempts.map((one) => ({ ...one, idle_ms: 1_000 }))
  expect(buildResult({ ...account, record: exampleRecord({ attempts }) }).timings.worked_ms).toBe(timings.worked_ms - 1_000)
})

test('the session of an earlier attempt is told when the last one never got that far', () => {
  const { sessionId: _, ...nothing } = report

  expect(buildResult({ ...account, report: nothing }).session_id).toBe('session-1')
})
