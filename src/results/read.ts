import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { TaskResult } from '../domain/result.ts'
import { TASK_ID } from '../domain/task-name.ts'
import { type Form, readState, readStateText } from '../lib/read-state.ts'
import { parseName, type ResultFolders, runFiles } from './names.ts'

/** A file in `results/`. */
export interface ResultFile {
  readonly id: string
  /** Number of an earlier run; undefined for the newest. */
  readonly kept: number | undefined
  readonly path: string
}

/** Every result there is, earlier runs too, in no order and unread: a listing of 100,000 takes less than 0.1 s. */
export function listResults(results: string): readonly ResultFile[] {
  return readdirSync(results).flatMap((name) => {
    const parsed = parseName(name)
    return parsed ? [{ ...parsed, path: join(results, name) }] : []
  })
}

/**
 * The result of the newest run of a task; undefined where there is none, or where the file is torn, no result of ours, or of another task.
 * It was checked when it was written, so that it is only looked at as closely as nobody stumbles over it.
 */
export function readResult(folders: ResultFolders, id: string): TaskResult | undefined {
  const result = TASK_ID.test(id) ? readResultFile(runFiles(folders, id).result) : undefined
  return result?.task_id === id ? result : undefined
}

/** The result in a file, under the conditions of `readResult`. */
export function readResultFile(path: string): TaskResult | undefined {
  return readState(path, RESULT)
}

/** The summary of the newest run of a task. */
export function readSummary(folders: ResultFolders, id: string): string | undefined {
  return TASK_ID.test(id) ? readStateText(runFiles(folders, id).summary) : undefined
}

/** Enough to tell a result of ours from anything else, without loading the schema. */
const RESULT: Form<TaskResult> = {
  safeParse: (value) => (isResult(value) ? { success: true, data: value as TaskResult } : { success: false }),
}

type Check = (value: unknown) => boolean

const text: Check = (value) => typeof value === 'string'
const number: Check = (value) => typeof value === 'number'
const moment: Check = (value) => typeof value === 'string' && !Number.isNaN(Date.parse(value))
const id: Check = (value) => typeof value === 'string' && TASK_ID.test(value)
const orNull =
  (check: Check): Check =>
  (value) =>
    value === null || check(value)
const list =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check)
const shape =
  (fields: Readonly<Record<string, Check>>): Check =>
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    Object.entries(fields).every(([name, check]) => check((value as Record<string, unknown>)[name]))

const isResult = shape({
  schema_version: (version) => version === 1,
  task_id: id,
  run_id: id,
  title: text,
  type: text,
  priority: text,
  status: (status) => status === 'completed' || status === 'failed' || status === 'cancelled',
  failure: orNull(shape({ code: text, message: text, hint: text })),
  agent: text,
  model: orNull(text),
  timings: shape({ queued: moment, started: orNull(moment), finished: moment, waited_ms: number, worked_ms: number }),
  attempts: list(
    shape({
      attempt: number,
      started: moment,
      finished: orNull(moment),
      outcome: orNull(text),
      turns: orNull(number),
      cost_usd: orNull(number),
    }),
  ),
  output: text,
  session_id: orNull(text),
  turns: orNull(number),
  tokens: orNull(shape({ input: number, output: number, cache_read: number, cache_creation: number })),
  cost_usd: orNull(number),
  files_changed: orNull(list(shape({ path: text, change: text, lines_added: orNull(number), lines_removed: orNull(number) }))),
  denials: list(shape({ tool: text, detail: text })),
  verify: list(shape({ command: text, exit_code: orNull(number), duration_ms: number, output: text })),
  criteria: list(shape({ text, status: text, evidence: orNull(text) })),
  inferred: list(shape({ field: text, by: text })),
  warnings: list(text),
  workspace: shape({ kind: text, path: orNull(text) }),
  origin: orNull(text),
})
