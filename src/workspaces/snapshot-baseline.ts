import { join } from 'node:path'
import type { FileChange } from '../domain/run.ts'
import type { Baseline, Scope } from './baseline.ts'
import { compareContents } from './compare-contents.ts'
import { ContentReader, type ReadingLimits } from './contents.ts'
import type { Changes } from './contract.ts'
import { cutPatch, LONGEST_PATCH } from './patch.ts'
import { Slices } from './slices.ts'
import { type FileStamp, isUntouched, type Snapshot, stampOf, takeSnapshot } from './snapshot.ts'

const MIB = 1024 * 1024
/** The start of an agent waits for this. */
const KEPT: ReadingLimits = { bytes: 64 * 1024, total: 8 * MIB, busyMs: 100 }
const COMPARED: ReadingLimits = { bytes: MIB, total: 32 * MIB, busyMs: 1000 }
/** Files that come after so much work are named only. */
const COMPARING_MS = 1000

/** A snapshot, and the content of the small files as far as it could be kept. */
interface Kept extends Snapshot {
  readonly contents: ReadonlyMap<string, Buffer>
}

/**
 * Records a directory by the stamps of its files and the content of the small ones. A file that was written but has the content and
 * the mode that it had has not changed; where the content is not known, being touched counts. Undefined where there is too much.
 */
export async function openSnapshotBaseline(scope: Scope): Promise<Baseline | undefined> {
  const before = await keep(scope)
  if (!before) return undefined
  return {
    async changes() {
      const after = await takeSnapshot(scope)
      return after ? compare(scope, before, after) : null
    },
    [Symbol.asyncDispose]: async () => undefined,
  }
}

async function keep(scope: Scope): Promise<Kept | undefined> {
  const snapshot = await takeSnapshot(scope)
  if (!snapshot) return undefined
  const contents = new Map<string, Buffer>()
  const reader = new ContentReader(scope.cwd, KEPT)
  const slices = new Slices()
  for (const [path, stamp] of snapshot.files) {
    if (reader.isSpent) break
    if (slices.used) await slices.pause()
    const content = reader.read(path, stamp)
    if (content) contents.set(path, content)
  }
  return { ...snapshot, contents }
}

async function compare(scope: Scope, before: Kept, after: Snapshot): Promise<Changes> {
  const reader = new ContentReader(scope.cwd, COMPARED)
  const slices = new Slices()
  const files: FileChange[] = []
  let patch = ''
  for (const { path, was, is } of touchedFiles(scope, before, after)) {
    if (slices.used) await slices.pause()
    const known = slices.busyMs < COMPARING_MS
    const then = was ? before.contents.get(path) : null
    const now = is ? (known ? reader.read(path, is) : undefined) : null
    if (then && now && was?.mode === is?.mode && then.equals(now)) continue
    const compared = compareContents({ path, before: then, after: now })
    files.push(compared.file)
    if (patch.length <= LONGEST_PATCH) patch += compared.patch
  }
  return { files, patch: cutPatch(patch) }
}

interface TouchedFile {
  readonly path: string
  readonly was: FileStamp | undefined
  readonly is: FileStamp | undefined
}

/** Sorted by path. What either snapshot ignored neither came nor went because a rule did. */
function touchedFiles({ cwd }: Scope, before: Snapshot, after: Snapshot): TouchedFile[] {
  const touched: TouchedFile[] = []
  for (const [path, is] of after.files) {
    const was = before.files.get(path)
    if (was ? !isUntouched(was, is) : !before.rules.ignores(path)) touched.push({ path, was, is })
  }
  for (const [path, was] of before.files) {
    if (after.files.has(path)) continue
    const is = after.rules.ignores(path) ? stampOf(join(cwd, path)) : undefined
    if (!is || !isUntouched(was, is)) touched.push({ path, was, is })
  }
  return touched.sort((a, b) => (a.path < b.path ? -1 : 1))
}
