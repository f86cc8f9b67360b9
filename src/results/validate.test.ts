import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { exampleResult } from '../../test/helpers/examples.ts'
import { failure } from '../domain/errors.ts'
import { resultSchema } from '../domain/result.ts'
import { resultJsonSchema } from './json-schema.ts'
import { createValidator } from './validate.ts'

const validate = createValidator()

test('the published schema is the one that the code checks with', () => {
  const published: unknown = JSON.parse(readFileSync('schemas/result.schema.json', 'utf8'))

  expect(published).toEqual(resultJsonSchema())
})

test('problems say where and what', () => {
  const { run_id: _, ...result } = exampleResult()

  expect(validate({ ...result, extra: 1, status: 'done', turns: -1, timings: { ...result.timings, queued: 'yesterday' } })).toEqual([
    "/ must have required property 'run_id'",
    '/ must NOT have additional properties: extra',
    '/status must be equal to one of the allowed values: completed, failed, cancelled',
    '/timings/queued must match format "date-time"',
    '/turns must be >= 0',
    '/turns must be null',
    '/turns must match a schema in anyOf',
  ])
})

/** What a result must accept, each as a change to a valid one. */
const GOOD: readonly Record<string, unknown>[] = [
  {},
  { task_id: 'A' },
  { task_id: 'a'.repeat(100) },
  { title: '' },
  { title: '修复登录 😀' },
  { priority: 'low' },
  { tags: [] },
  { status: 'failed', failure: failure('timeout') },
  { status: 'cancelled', failure: failure('cancelled') },
  { model: null },
  { demo: true },
  { timings: { ...exampleResult().timings, started: null } },
  { timings: { ...exampleResult().timings, waited_ms: Number.MAX_SAFE_INTEGER } },
  { attempts: [] },
  { output: 'a\u0000b' },
  { session_id: null },
  { turns: null },
  { turns: 0 },
  { tokens: null },
  { cost_usd: null },
  { cost_usd: 0 },
  { files_changed: null },
  { files_changed: [{ path: 'a', change: 'deleted', lines_added: 0, lines_removed: null }] },
  { denials: [{ tool: 'Bash', detail: 'rm -rf /' }] },
  { verify: [{ command: 'npm test', exit_code: null, duration_ms: 1, output: '' }] },
  { criteria: [{ text: 'a', status: 'met', evidence: 'b', judged_by: 'c' }] },
  { inferred: [{ field: 'title', value: 'a', by: 'b' }] },
  { inferred: [{ field: 'criteria', value: ['a', 'b'], by: 'c' }] },
  { workspace: { kind: 'none', path: null } },
  { origin: null },
  { extras: { 'x-a': { deep: [1, null, { b: true }] } } },
]

/** What it must refuse. */
const BAD: readonly Record<string, unknown>[] = [
  { schema_version: 2 },
  { schema_version: '1' },
  { task_id: '' },
  { task_id: '../a' },
  { task_id: 'a'.repeat(101) },
  { run_id: 1 },
  { run_id: undefined },
  { title: null },
  { priority: 'urgent' },
  { tags: 'auth' },
  { tags: [1] },
  { status: 'done' },
  { failure: {} },
  { failure: { ...failure('timeout'), code: 'nonsense' } },
  { failure: { ...failure('timeout'), extra: 1 } },
  { demo: 'no' },
  { timings: undefined },
  { timings: { ...exampleResult().timings, queued: 'yesterday' } },
  { timings: { ...exampleResult().timings, queued: '2026-11-20' } },
  { timings: { ...exampleResult().timings, queued: '2026-13-20T09:00:00Z' } },
  { timings: { ...exampleResult().timings, waited_ms: -1 } },
  { timings: { ...exampleResult().timings, worked_ms: 1.5 } },
  { attempts: [{ ...exampleResult().attempts[0], attempt: 0 }] },
  { attempts: [{ attempt: 1 }] },
  { output: undefined },
  { session_id: 1 },
  { turns: 1.5 },
  { turns: '14' },
  { tokens: { input: 1 } },
  { cost_usd: -0.01 },
  { cost_usd: '0.42' },
  { files_changed: [{ path: 'a', change: 'renamed', lines_added: 0, lines_removed: 0 }] },
  { denials: [{ tool: 'Bash' }] },
  { verify: [{ command: 'npm test', exit_code: 1.5, duration_ms: 1, output: '' }] },
  { criteria: [{ text: 'a', status: 'maybe', evidence: null, judged_by: null }] },
  { inferred: [{ field: 'agent', value: 'a', by: 'b' }] },
  { inferred: [{ field: 'title', value: 1, by: 'b' }] },
  { workspace: null },
  { extras: [] },
  { source: { file: 'a', sha256: 'AB'.repeat(32) } },
  { source: { file: 'a', sha256: 'ab' } },
  { unknown_key: 1 },
]

/** As it would stand in the file: keys that are undefined are missing. */
const mutated = (change: Record<string, unknown>): unknown => JSON.parse(JSON.stringify({ ...exampleResult(), ...change }))

test.each(GOOD)('both schemas accept %j', (change) => {
  expect({ zod: resultSchema.safeParse(mutated(change)).success, ajv: validate(mutated(change)) }).toEqual({ zod: true, ajv: [] })
})

test.each(BAD)('both schemas refuse %j', (change) => {
  expect({ zod: resultSchema.safeParse(mutated(change)).success, ajv: validate(mutated(change)).length > 0 }).toEqual({
    zod: false,
    ajv: true,
  })
})

test.each([[null], [undefined], [[]], ['text'], [1]])('%j is no result', (value) => {
  expect(validate(value)).not.toEqual([])
})
