import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TaskResult } from '../domain/result.ts'
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
 * The result of the newest run of a task; undefined where there is none, or where the file is torn or no result of ours.
 * It was checked when it was written, so it is not checked again in full. Throws what keeps a file that exists from being read.
 */
export function readResult(folders: ResultFolders, id: string): TaskResult | undefined {
  return readResultFile(runFiles(folders, id).result)
}

/** The result in a file, under the conditions of `readResult`. */
export function readResultFile(path: string): TaskResult | undefined {
  const text = readText(path)
  if (text === undefined) return undefined
  try {
    const value: unknown = JSON.parse(text)
    return isResult(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** The summary of the newest run of a task. */
export function readSummary(folders: ResultFolders, id: string): string | undefined {
  return readText(runFiles(folders, id).summary)
}

/** The text of a file; undefined where there is none. Other errors of the file system are thrown. */
export function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

/** Enough to tell a result of ours from anything else, without loading the schema. */
function isResult(value: unknown): value is TaskResult {
  if (typeof value !== 'object' || value === null) return false
  const { schema_version, task_id, run_id, status } = value as Record<string, unknown>
  return schema_version === 1 && [task_id, run_id, status].every((field) => typeof field === 'string')
}
