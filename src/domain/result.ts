import { z } from 'zod'
import { ERRORS, type ErrorCode } from './errors.ts'
import { attemptRecordSchema, fileChangeSchema, tokensSchema, verifyRunSchema } from './run.ts'
import { inferenceSchema, PRIORITIES } from './task.ts'
import { TASK_ID } from './task-name.ts'

const codes = Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]]
const count = z.int().min(0)

/** How a run can end. */
const FINAL_STATUSES = ['completed', 'failed', 'cancelled'] as const
export type FinalStatus = (typeof FINAL_STATUSES)[number]

/** A success criterion and what is known of it. */
export const criterionSchema = z.strictObject({
  text: z.string(),
  status: z.enum(['met', 'unmet', 'unknown']),
  evidence: z.string().nullable().describe('what the status rests on; null for unknown'),
  judged_by: z
    .string()
    .nullable()
    .describe('`verify` for a command, the name of the local model for its judgement, null where nobody judged'),
})
export type Criterion = z.infer<typeof criterionSchema>

/** `results/<id>_result.json`, version 1: the one final account of a run. Times are ISO 8601 in UTC. */
export const resultSchema = z.strictObject({
  schema_version: z.literal(1),
  task_id: z.string().regex(TASK_ID),
  run_id: z.string(),
  title: z.string(),
  type: z.string(),
  priority: z.enum(PRIORITIES),
  tags: z.array(z.string()),
  status: z.enum(FINAL_STATUSES),
  failure: z
    .strictObject({ code: z.enum(codes), message: z.string(), hint: z.string(), retryable: z.boolean() })
    .nullable()
    .describe('why the run did not complete; null for a completed run'),
  agent: z.string(),
  model: z.string().nullable(),
  demo: z.boolean().describe('true for the bundled scripted agent: no model was asked'),
  timings: z.strictObject({
    queued: z.iso.datetime(),
    started: z.iso.datetime().nullable().describe('first start of the agent; null if it was never started'),
    finished: z.iso.datetime(),
    waited_ms: count.describe('from queued to the first start'),
    worked_ms: count.describe('sum of all attempts, without what they were idle'),
  }),
  attempts: z.array(attemptRecordSchema),
  output: z.string().describe("the agent's final text"),
  session_id: z.string().nullable(),
  turns: count.nullable(),
  tokens: tokensSchema.nullable(),
  cost_usd: z.number().min(0).nullable().describe('over all attempts; null where the agent reports none'),
  files_changed: z
    .array(fileChangeSchema)
    .nullable()
    .describe('null where that is not known: the workspace is too large to compare, or an attempt was cut off with the daemon'),
  denials: z.array(z.strictObject({ tool: z.string(), detail: z.string() })),
  verify: z.array(verifyRunSchema).describe('the verify commands after the last attempt, in the order in which they ran'),
  criteria: z.array(criterionSchema),
  inferred: z.array(inferenceSchema),
  warnings: z.array(z.string()),
  workspace: z.strictObject({ kind: z.string(), path: z.string().nullable() }),
  origin: z.string().nullable(),
  extras: z.record(z.string(), z.unknown()).describe('the x-… keys of the task, untouched'),
  source: z.strictObject({ file: z.string(), sha256: z.string().regex(/^[0-9a-f]{64}$/) }),
})

/** The account of one run, as programs read it. */
export type TaskResult = z.infer<typeof resultSchema>
