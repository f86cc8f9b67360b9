import { z } from 'zod'
import { inferenceSchema } from './task.ts'
import { TASK_ID, TASK_SUFFIX } from './task-name.ts'

const count = z.int().min(0)

/** Tokens of one attempt, subagents included. */
export const tokensSchema = z.strictObject({ input: count, output: count, cache_read: count, cache_creation: count })
export type Tokens = z.infer<typeof tokensSchema>

/** One file that differs between the start and the end of an attempt; the path is relative to the workspace. */
export const fileChangeSchema = z.strictObject({
  path: z.string(),
  change: z.enum(['added', 'modified', 'deleted']),
  lines_added: count.nullable().describe('null where lines cannot be counted: binary, or too large to compare'),
  lines_removed: count.nullable(),
})
export type FileChange = z.infer<typeof fileChangeSchema>

/** One verify command that was run in the workspace after the agent. */
export const verifyRunSchema = z.strictObject({
  command: z.string(),
  exit_code: z
    .int()
    .nullable()
    .describe('null where it was ended at its time limit, or could not be started; 128 and its number for a signal'),
  duration_ms: count,
  output: z.string().describe('the end of standard output and standard error, in the order in which they came'),
})
export type VerifyRun = z.infer<typeof verifyRunSchema>

/** One start of the agent, as run records and results keep it. */
export const attemptRecordSchema = z.strictObject({
  attempt: z.int().min(1),
  started: z.iso.datetime(),
  finished: z.iso.datetime().nullable(),
  /** `completed`, a failure code, `interrupted`, `parked` where it waits for an answer, or null while it runs. */
  outcome: z.string().nullable(),
  session_id: z.string().nullable(),
  turns: count.nullable(),
  model_turns: count
    .optional()
    .describe('how often the model answered, which is what max_turns counts; left out where turns says the same'),
  cost_usd: z.number().min(0).nullable(),
  tokens: tokensSchema.nullable(),
  verify_ms: count.nullable().describe('how much of its time the verify commands took; null where none was run'),
  waited_ms: count.optional().describe('how much of its time it waited for answers of people; left out where it asked nothing'),
  idle_ms: count
    .optional()
    .describe('how much of its time lay between its agent and the verify commands since the daemon had ended; left out where it had not'),
})
export type AttemptRecord = z.infer<typeof attemptRecordSchema>

/** What was told and seen of an attempt by the end of its agent. */
const agentReportSchema = z.strictObject({
  /** The agent's final text; empty where there was none. */
  output: z.string(),
  sessionId: z.exactOptional(z.string()),
  model: z.exactOptional(z.string()),
  /** As the agent itself counts them. */
  turns: z.exactOptional(count),
  /** How often the model answered, which is what a limit of turns counts: 0 where it was never got through to. */
  modelTurns: z.exactOptional(count),
  /** Spent by this attempt alone. */
  costUsd: z.exactOptional(z.number().min(0)),
  tokens: z.exactOptional(tokensSchema),
  /** Tool calls that were not allowed, and each in short: the command, the file. */
  denials: z.array(z.strictObject({ tool: z.string(), detail: z.string() })).readonly(),
  /** Things worth telling that did not decide the outcome. */
  warnings: z.array(z.string()).readonly(),
  /** When the usage limit that was met ends; milliseconds since the epoch. */
  limitResetsAt: z.exactOptional(z.number()),
  /** Tool calls that may have changed something, denied ones not counted; left out where the agent does not tell. */
  deeds: z.exactOptional(count),
  /** Milliseconds that the agent waited for answers of people. */
  waitedMs: z.exactOptional(z.number().min(0)),
})
export type AgentReport = Readonly<z.infer<typeof agentReportSchema>>

/** Work of an agent that had ended well and is not judged yet. */
const workedSchema = z.strictObject({
  agent: z.string(),
  /** Real path of the directory that it worked in. */
  cwd: z.string(),
  /** When the agent had ended. */
  ended: z.iso.datetime(),
  report: agentReportSchema,
  /** How often in a row a daemon was killed before it had judged it. */
  cut_off: count,
})
export type Worked = z.infer<typeof workedSchema>

/** A process as a later start finds it again. */
const processSchema = z.strictObject({ pid: z.int().min(1), started: z.string(), boot: z.string() }).readonly()

/**
 * `tasks/running/<id>.run.json`: all that is needed to go on with a run after the daemon was killed.
 * Written before each step that it describes.
 */
export const runRecordSchema = z.strictObject({
  schema_version: z.literal(1),
  run_id: z.string().regex(TASK_ID),
  task_id: z.string().regex(TASK_ID),
  /** Name of the file as it was dropped. */
  file: z.string().refine((name) => !/[/\0]/.test(name) && name.endsWith(TASK_SUFFIX)),
  queued: z.iso.datetime(),
  claimed: z.iso.datetime(),
  /** Who makes the newest attempt, and the real path of where; left out before the first, and by earlier versions. */
  agent: z.string().optional(),
  cwd: z.string().optional(),
  attempts: z.array(attemptRecordSchema),
  /** The process of the newest attempt while it runs: that of its agent, then those of its verify commands. */
  process: processSchema.nullable(),
  /** Time of the next attempt of a run that waits for it. */
  next_attempt: z.iso.datetime().nullable(),
  inferred: z.array(inferenceSchema),
  /** What earlier attempts of the run changed; null where that could not be told. */
  files_changed: z.array(fileChangeSchema).nullable(),
  /** The verify commands as they were last run; a failed one among them is what the next attempt has to mend. */
  verify: z.array(verifyRunSchema),
  /** What each attempt was given to spend, in US dollars by its number; none where there was no budget. */
  set_aside: z.record(z.string(), z.number().min(0)).optional(),
  /** How often a fault of the orchestrator broke it off outside of an attempt; left out where none did. */
  broke_off: count.optional(),
  /** What the newest attempt's agent did, from its good end until that is verified and judged: a start in between goes on from there. */
  worked: workedSchema.optional(),
})
export type RunRecord = z.infer<typeof runRecordSchema>

/** The record with its newest attempt as it is now. */
export function ofNewest(record: RunRecord, change: (attempt: AttemptRecord) => AttemptRecord): RunRecord {
  const last = record.attempts.length - 1
  return { ...record, attempts: record.attempts.map((attempt, index) => (index === last ? change(attempt) : attempt)) }
}

/** How often the model answered in an attempt: 0 where it was never got through to, null where that is not known. */
export function modelTurnsOf({ turns, model_turns }: Pick<AttemptRecord, 'turns' | 'model_turns'>): number | null {
  return model_turns ?? turns
}

/** What a run has spent so far, in US dollars. */
export function spentUsd(attempts: readonly AttemptRecord[]): number {
  return attempts.reduce((sum, attempt) => sum + (attempt.cost_usd ?? 0), 0)
}

/** A new run id: the time in UTC to the millisecond and four random characters, so that names sort by time. */
function newRunId(now: Date, random: () => number = Math.random): string {
  const stamp = now.toISOString().replace(/[-:.]/g, '').replace('T', '-').replace('Z', '')
  const tail = Math.floor(random() * 36 ** 4)
    .toString(36)
    .padStart(4, '0')
  return `${stamp}-${tail}`
}

/** The record of a run that begins now. */
export function newRunRecord(run: { taskId: string; file: string; queued: Date }, now: Date): RunRecord {
  return {
    schema_version: 1,
    run_id: newRunId(now),
    task_id: run.taskId,
    file: run.file,
    queued: new Date(Math.min(run.queued.getTime(), now.getTime())).toISOString(),
    claimed: now.toISOString(),
    attempts: [],
    process: null,
    next_attempt: null,
    inferred: [],
    files_changed: [],
    verify: [],
  }
}
