import type { FileChange, RunRecord } from '../domain/run.ts'

type Changes = RunRecord['files_changed']

/** What all attempts of a run together changed, from what the earlier and the latest one did; unknown if either is. */
export function mergeChanges(earlier: Changes, latest: readonly FileChange[] | null | undefined): Changes {
  if (latest === undefined) return earlier
  if (earlier === null || latest === null) return null
  const byPath = new Map(earlier.map((change) => [change.path, change]))
  for (const change of latest) {
    const before = byPath.get(change.path)
    const merged = before === undefined ? change : mergeOne(before, change)
    if (merged) byPath.set(change.path, merged)
    else byPath.delete(change.path)
  }
  return [...byPath.values()].sort((one, other) => (one.path < other.path ? -1 : 1))
}

/** Two changes of one file as one; undefined for a file that came and went. */
function mergeOne(before: FileChange, after: FileChange): FileChange | undefined {
  if (before.change === 'added' && after.change === 'deleted') return undefined
  const change = before.change === 'added' ? 'added' : after.change === 'added' ? 'modified' : after.change
  const counts = [before.lines_added, after.lines_added, before.lines_removed, after.lines_removed]
  if (counts.includes(null)) return { path: after.path, change, lines_added: null, lines_removed: null }
  const added = (before.lines_added ?? 0) + (after.lines_added ?? 0)
  const removed = (before.lines_removed ?? 0) + (after.lines_removed ?? 0)
  // A file that is new has lost nothing, and one that is gone has gained nothing: what came and went in between is not told.
  if (change === 'added') return { path: after.path, change, lines_added: Math.max(0, added - removed), lines_removed: 0 }
  if (change === 'deleted') return { path: after.path, change, lines_added: 0, lines_removed: Math.max(0, removed - added) }
  return { path: after.path, change, lines_added: added, lines_removed: removed }
}
