import { type Dirent, lstatSync, readdirSync } from 'node:fs'
import { join, sep } from 'node:path'
import type { Scope } from './baseline.ts'
import { IgnoreRules } from './ignore-rules.ts'
import { LONGEST_LOOK_MS, Slices } from './slices.ts'

/** The files of a directory at one time. */
export interface Snapshot {
  /** What was seen of each file, by its path relative to the directory, with `/` on every system. */
  readonly files: ReadonlyMap<string, FileStamp>
  /** What was passed over. */
  readonly rules: IgnoreRules
}

/** Two equal stamps mean that a file was not touched. */
export interface FileStamp {
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
const NEVER_ENTERED: readonly string[] = ['.git', 'node_modules']

/**
 * Looks at all files and symbolic links below a directory, except in `.git`, in `node_modules`, at the ignored absolute paths and
 * where a `.gitignore` says so; links are not followed, and what cannot be read is passed over. Undefined where there is too much
 * to look at. The event loop is let go every few milliseconds; only the listing of a single directory is never interrupted.
 */
export async function takeSnapshot({ cwd, ignored }: Scope, limits = LIMITS): Promise<Snapshot | undefined> {
  const files = new Map<string, FileStamp>()
  const rules = new IgnoreRules(cwd)
  const skipped = new Set(ignored)
  const directories = ['']
  const slices = new Slices(LONGEST_LOOK_MS)
  let entries = 0
  for (const directory of directories) {
    const listing = list(join(cwd, directory))
    if (listing.some((entry) => entry.name === '.gitignore' && entry.isFile())) rules.read(directory)
    for (const entry of listing) {
      entries += 1
      if (entries > limits.entries || slices.busyMs > limits.busyMs) return undefined
      if (slices.used) await slices.pause()
      const path = directory + entry.name
      const absolute = cwd + sep + (sep === '/' ? path : path.replaceAll('/', sep))
      if (skipped.has(absolute)) continue
      if (entry.isDirectory()) {
        if (!NEVER_ENTERED.includes(entry.name) && !rules.ignores(`${path}/`)) directories.push(`${path}/`)
      } else if ((entry.isFile() || entry.isSymbolicLink()) && !rules.ignores(path)) {
        const stamp = stampOf(absolute)
        if (stamp) files.set(path, stamp)
      }
    }
  }
  return { files, rules }
}

/** What is seen of a file now; undefined where there is none. */
export function stampOf(path: string): FileStamp | undefined {
  const stats = lstatSync(path, { throwIfNoEntry: false })
  return stats && { size: stats.size, mode: stats.mode, mtimeMs: stats.mtimeMs, ctimeMs: stats.ctimeMs }
}

/** Whether a file was not touched between two looks at it. */
export function isUntouched(one: FileStamp, other: FileStamp): boolean {
  return one.size === other.size && one.mode === other.mode && one.mtimeMs === other.mtimeMs && one.ctimeMs === other.ctimeMs
}

function list(directory: string): Dirent[] {
  try {
    return readdirSync(directory, { withFileTypes: true })
  } catch {
    return []
  }
}
