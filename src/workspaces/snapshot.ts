import { type Dirent, lstatSync, readdirSync } from 'node:fs'
import { join, sep } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import type { FileChange } from '../domain/run.ts'

/** What was seen of each file, by its path relative to the directory, with `/` on every system. */
export type Snapshot = ReadonlyMap<string, FileStamp>

/** Two equal stamps mean that a file was not touched. */
interface FileStamp {
  readonly size: number
  readonly mode: number
  readonly mtimeMs: number
  readonly ctimeMs: number
}

/** How much may be looked at; beyond it there is no snapshot. */
export interface SnapshotLimits {
  readonly entries: number
  /** Time of our own, not counting what others do in between. */
  readonly busyMs: number
}

const LIMITS: SnapshotLimits = { entries: 20_000, busyMs: 300 }
const SLICE_MS = 8
const NEVER_ENTERED: readonly string[] = ['.git', 'node_modules']

/**
 * Looks at all files and symbolic links below a directory, except in `.git`, in `node_modules` and at the ignored absolute paths;
 * links are not followed, and what cannot be read is passed over. Undefined where there is too much to look at. The event loop is
 * let go every few milliseconds; only the listing of a single directory is never interrupted.
 */
export async function takeSnapshot(root: string, ignored: readonly string[], limits = LIMITS): Promise<Snapshot | undefined> {
  const files = new Map<string, FileStamp>()
  const skipped = new Set(ignored)
  const directories = ['']
  let entries = 0
  let busyMs = 0
  let sliceStart = performance.now()
  for (const directory of directories) {
    for (const entry of list(join(root, directory))) {
      const spent = performance.now() - sliceStart
      entries += 1
      if (entries > limits.entries || busyMs + spent > limits.busyMs) return undefined
      if (spent > SLICE_MS) {
        busyMs += spent
        await setImmediate()
        sliceStart = performance.now()
      }
      const path = directory + entry.name
      const absolute = root + sep + (sep === '/' ? path : path.replaceAll('/', sep))
      if (skipped.has(absolute)) continue
      if (entry.isDirectory()) {
        if (!NEVER_ENTERED.includes(entry.name)) directories.push(`${path}/`)
      } else if (entry.isFile() || entry.isSymbolicLink()) {
        const stamp = stampOf(absolute)
        if (stamp) files.set(path, stamp)
      }
    }
  }
  return files
}

/** What differs between two snapshots, sorted by path. */
export function compareSnapshots(before: Snapshot, after: Snapshot): FileChange[] {
  const changes: FileChange[] = []
  for (const [path, stamp] of after) {
    const old = before.get(path)
    if (old === undefined) changes.push({ path, change: 'added' })
    else if (!isSame(old, stamp)) changes.push({ path, change: 'modified' })
  }
  for (const path of before.keys()) if (!after.has(path)) changes.push({ path, change: 'deleted' })
  return changes.sort((a, b) => (a.path < b.path ? -1 : 1))
}

function list(directory: string): Dirent[] {
  try {
    return readdirSync(directory, { withFileTypes: true })
  } catch {
    return []
  }
}

function stampOf(path: string): FileStamp | undefined {
  const stats = lstatSync(path, { throwIfNoEntry: false })
  return stats && { size: stats.size, mode: stats.mode, mtimeMs: stats.mtimeMs, ctimeMs: stats.ctimeMs }
}

function isSame(one: FileStamp, other: FileStamp): boolean {
  return one.size === other.size && one.mode === other.mode && one.mtimeMs === other.mtimeMs && one.ctimeMs === other.ctimeMs
}
