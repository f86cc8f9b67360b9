import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { HomePaths } from '../../config/home.ts'
import { ERRORS, type ErrorCode } from '../../domain/errors.ts'
import type { FinalStatus, TaskResult } from '../../domain/result.ts'
import type { RunRecord } from '../../domain/run.ts'
import { TASK_SUFFIX } from '../../domain/task-name.ts'
import { readRecord } from '../../inbox/records.ts'
import { readState } from '../../lib/read-state.ts'
import { listResults, readResult } from '../../results/read.ts'
import { queuedNames } from './folder-names.ts'
import { queuedFile } from './queued-files.ts'

/** What commands say of a task; `archived` lies in `tasks/processed/` and has no result, so nobody knows how it went. */
export const TASK_STATES = ['queued', 'running', 'waiting', 'completed', 'failed', 'cancelled', 'archived', 'rejected'] as const
export type TaskState = (typeof TASK_STATES)[number]

/** Why a file never became a task, as `tasks/rejected/<name>.reason.json` says it. */
const rejectionSchema = z.object({
  file: z.exactOptional(z.string()),
  code: z.enum(Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]]),
  message: z.string(),
  hint: z.string(),
  line: z.exactOptional(z.int()),
  column: z.exactOptional(z.int()),
  /** ISO time; every reason of ours has it. */
  rejected: z.exactOptional(z.iso.datetime()),
})
export type Rejection = Readonly<z.infer<typeof rejectionSchema>>

/** A task and all that its home says of it. */
export interface TaskView {
  readonly id: string
  readonly state: TaskState
  /** Absolute path of the task file; undefined where only the result is left. */
  readonly file: string | undefined
  readonly record: RunRecord | undefined
  readonly result: TaskResult | undefined
  readonly reason: Rejection | undefined
}

/** The ids that have a result. */
export function idsOfResults({ results }: HomePaths): readonly string[] {
  return existsSync(results) ? listResults(results).flatMap(({ id, kept }) => (kept === undefined ? [id] : [])) : []
}

/** What is known of a task; undefined where there is no trace of it. */
export function viewTask(paths: HomePaths, id: string): TaskView | undefined {
  // Looked at in the order in which a task moves, so that one which moves meanwhile is still met.
  const taken = () => begun(paths, id) ?? ended(paths, id)
  return (
    begun(paths, id) ??
    queuedAs(paths, id, [id + TASK_SUFFIX]) ??
    taken() ??
    queuedAs(paths, id, queuedNames(paths)) ??
    taken() ??
    rejected(paths, id)
  )
}

/** The record of a run that has begun; undefined where there is none or it is torn. */
export function readRunRecord({ running, waiting }: HomePaths, id: string): RunRecord | undefined {
  return readRecord({ running, waiting }, id)
}

/** The reason that lies beside a rejected file. */
export function readRejection(file: string): Rejection | undefined {
  return readState(`${file}.reason.json`, rejectionSchema)
}

function begun(paths: HomePaths, id: string): TaskView | undefined {
  for (const state of ['running', 'waiting'] as const) {
    const file = join(paths[state], id + TASK_SUFFIX)
    if (existsSync(file)) return { ...view(id, state, file), record: readRunRecord(paths, id) }
  }
  return undefined
}

/** The first of these queued files that has the id. */
function queuedAs(paths: HomePaths, id: string, names: readonly string[]): TaskView | undefined {
  for (const name of names) {
    const file = queuedFile(paths, name)
    if (file?.id === id) return view(id, 'queued', file.path)
  }
  return undefined
}

function ended(paths: HomePaths, id: string): TaskView | undefined {
  const result = readResult(paths, id)
  const inFailed = join(paths.failed, id + TASK_SUFFIX)
  const inProcessed = join(paths.processed, id + TASK_SUFFIX)
  const [first, second] = result?.status === 'completed' ? [inProcessed, inFailed] : [inFailed, inProcessed]
  const file = [first, second].find((path) => existsSync(path))
  if (!result && file === undefined) return undefined
  return { ...view(id, result?.status ?? (file === inFailed ? 'failed' : 'archived'), file), result }
}

function rejected(paths: HomePaths, id: string): TaskView | undefined {
  const file = join(paths.rejected, id + TASK_SUFFIX)
  return existsSync(file) ? { ...view(id, 'rejected', file), reason: readRejection(file) } : undefined
}

function view(id: string, state: TaskState, file: string | undefined): TaskView {
  return { id, state, file, record: undefined, result: undefined, reason: undefined }
}

/** Whether a state is an end, and which one. */
export function isFinal(state: TaskState): state is FinalStatus | 'archived' | 'rejected' {
  return state !== 'queued' && state !== 'running' && state !== 'waiting'
}
