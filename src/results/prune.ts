import { lstatSync, readdirSync, rmdirSync, rmSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseName, type ResultFolders } from './names.ts'

/** What is to be pruned. */
export interface PruneOrder extends ResultFolders {
  /** Where transcripts, patches and the output of verify commands lie: `<run_id>.…`. */
  readonly runs: string
  /** Where the files lie that came with tasks, a folder a task. */
  readonly attachments: string
  /** Files last written before this go. */
  readonly olderThan: Date
  /** Whether a task is live: its files stay, whatever their age. */
  keep(taskId: string): boolean
  /** Whether a run is live: its transcripts stay. */
  keepRun(runId: string): boolean
  /** Tells what would go and removes nothing. */
  readonly dryRun: boolean
}

/** A file that was removed, or would be. */
export interface PrunedFile {
  readonly path: string
  readonly bytes: number
}

/** What a write leaves behind when the process is killed in it. */
const UNFINISHED = /^\.(.+)\.[0-9a-f]{8}\.tmp$/
const TRANSCRIPT = /^(\d{8}-\d{9}-[0-9a-z]{4})\b.*\.(?:ndjson|verify\.log|patch)$/

/** Files come before the task that they belong to, and no task is written for so long. */
const LONGEST_WRITE_MS = 60_000

/**
 * Removes old results, summaries and transcripts, and what came with a task once nothing of its results is left. Files that are not
 * ours, folders that do not exist and files that go away meanwhile are passed over; other errors of the file system are thrown.
 */
export function prune(order: PruneOrder): PrunedFile[] {
  const isPast = (name: string) => {
    const id = parseName(name.replace(UNFINISHED, '$1'))?.id
    return id !== undefined && !order.keep(id)
  }
  const isPastRun = (name: string) => {
    const run = TRANSCRIPT.exec(name)?.[1]
    return run !== undefined && !order.keepRun(run)
  }
  const results = oldFiles(order.results, order.olderThan, isPast)
  const old = [
    ...results,
    ...oldFiles(order.summaries, order.olderThan, isPast),
    ...oldFiles(order.runs, order.olderThan, isPastRun),
    ...oldAttachments(order, new Set(results.map(({ path }) => path))),
  ]
  if (order.dryRun) return old
  for (const { path } of old) rmSync(path, { force: true })
  for (const folder of new Set(old.map(({ path }) => dirname(path)))) if (dirname(folder) === order.attachments) removeEmpty(folder)
  return old
}

/** What came with tasks that are not live and have no result but those that go now. */
function oldAttachments({ attachments, results, olderThan, keep }: PruneOrder, going: ReadonlySet<string>): PrunedFile[] {
  const staying = namesIn(results).filter((name) => !going.has(join(results, name)))
  const ids = new Set(staying.map((name) => parseName(name)?.id))
  const before = new Date(Math.min(olderThan.getTime(), Date.now() - LONGEST_WRITE_MS))
  return namesIn(attachments)
    .filter((id) => !keep(id) && !ids.has(id) && lstatSync(join(attachments, id), { throwIfNoEntry: false })?.isDirectory())
    .flatMap((id) => oldFiles(join(attachments, id), before, () => true))
}

function removeEmpty(folder: string): void {
  try {
    rmdirSync(folder)
  } catch {
    // something newer lies there still
  }
}

function oldFiles(folder: string, olderThan: Date, isPast: (name: string) => boolean): PrunedFile[] {
  return namesIn(folder)
    .filter(isPast)
    .flatMap((name) => {
      const path = join(folder, name)
      const stats = statSync(path, { throwIfNoEntry: false })
      return stats?.isFile() && stats.mtime < olderThan ? [{ path, bytes: stats.size }] : []
    })
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort()
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return []
    throw error
  }
}
