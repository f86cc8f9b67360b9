import { existsSync, mkdirSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import type { FinalStatus, TaskResult } from '../domain/result.ts'
import { isPlainName } from '../domain/task-name.ts'
import { type FileContent, removeUnfinished, writeAllDurable } from '../lib/atomic-file.ts'
import { isThere, readStateText, setAside } from '../lib/read-state.ts'
import { parseName, type ResultFolders, type RunFiles, runFiles } from './names.ts'
import { readResult, readResultFile } from './read.ts'
import type { Validate } from './validate.ts'

/** The owner of `results/` and `summaries/`. */
export interface ResultStore {
  /** Throws where the result is not what the schema promises, or too large to be read again: that is a bug of ours. */
  check(result: TaskResult): void
  /**
   * Checks and writes the account of a run, the summary just before the result: a result that is there proves that its summary
   * is. The files of an earlier run of the task are kept under the next number; a repeated write of the same run replaces
   * its files. One that is bare, made of nothing that could break the schema, is not checked. Rejects with the error of the file system,
   * with no file half written. Returns where the files are.
   */
  write(result: TaskResult, summary: string, isBare?: boolean): Promise<RunFiles>
  /** The newest result of a task; undefined where there is none that can be read. */
  read(id: string): TaskResult | undefined
  /** How the newest run of a task ended. */
  status(id: string): FinalStatus | undefined
  /** Whether there is a result of that id, readable or not. */
  exists(id: string): boolean
  /** Removes what a killed process left half written; nothing may be written meanwhile. */
  tidy(): Promise<void>
}

/** Characters: some bytes each, and still far less than what is read. */
const LONGEST_RESULT = 16 * 1024 * 1024

/** Makes the store over folders that exist. */
export function createResultStore(folders: ResultFolders, validate: Validate): ResultStore {
  const checked = new WeakMap<TaskResult, string>()
  const textOf = (result: TaskResult) => {
    const known = checked.get(result)
    if (known !== undefined) return known
    const problems = validate(result)
    if (problems.length > 0) throw new Error(`the result of ${result.task_id} breaks its schema: ${problems.join('; ')}`)
    const text = serialise(result)
    if (text.length > LONGEST_RESULT) throw new Error(`the result of ${result.task_id} has ${text.length} characters`)
    checked.set(result, text)
    return text
  }
  return {
    check: (result) => void textOf(result),
    async write(result, summary, isBare = false) {
      const text = isBare ? serialise(result) : textOf(result)
      for (const folder of [folders.results, folders.summaries]) mkdirSync(folder, { recursive: true }) // in case they were deleted
      const files = runFiles(folders, result.task_id)
      for (const path of [files.summary, files.result]) setAside(path)
      const earlier = isThere(files.result) ? await filesToKeep(folders, result) : []
      const own = [
        { path: files.summary, data: summary },
        { path: files.result, data: text },
      ]
      await writeAllDurable([...earlier, ...own])
      return files
    },
    read: (id) => readResult(folders, id),
    status: (id) => readResult(folders, id)?.status,
    exists: (id) => isPlainName(id) && existsSync(runFiles(folders, id).result),
    async tidy() {
      const now = new Date()
      await Promise.all([folders.results, folders.summaries].map((folder) => removeUnfinished(folder, now)))
    },
  }
}

function serialise(result: TaskResult): string {
  return `${JSON.stringify(result, null, 2)}\n`
}

/** Copies of the current files of a task, unless they are of the same run or were kept before a crash. */
async function filesToKeep(folders: ResultFolders, next: TaskResult): Promise<FileContent[]> {
  const current = runFiles(folders, next.task_id)
  const run = readResultFile(current.result)?.run_id
  if (run === next.run_id) return []

  const last = await lastKept(folders, next.task_id)
  if (run !== undefined && readResultFile(runFiles(folders, next.task_id, last).result)?.run_id === run) return []

  const kept = runFiles(folders, next.task_id, last + 1)
  const copies = [
    { path: kept.summary, data: readStateText(current.summary) },
    { path: kept.result, data: readStateText(current.result) },
  ]
  return copies.flatMap(({ path, data }) => (data === undefined ? [] : [{ path, data }]))
}

/** The highest number that an earlier run of the task is kept under; 0 where none is. */
async function lastKept(folders: ResultFolders, id: string): Promise<number> {
  const names = (await readdir(folders.results)).map(parseName)
  return Math.max(0, ...names.flatMap((name) => (name?.id === id && name.kept !== undefined ? [name.kept] : [])))
}
