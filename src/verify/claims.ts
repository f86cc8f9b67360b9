import type { FileChange } from '../domain/run.ts'
import { claimedPaths } from './claimed-paths.ts'
import { codeSpan } from './code-span.ts'
import { changedPaths, isLikelyIgnored, relativePath } from './paths.ts'
import { outsideTargets } from './target-files.ts'

/** What an agent said in the end, and what became of the files. */
export interface WorkAndWords {
  /** The final message of the agent. */
  readonly output: string
  /** All that the run changed; null where that cannot be told. */
  readonly changes: readonly FileChange[] | null
  /** The files that the task names, as they were written. */
  readonly targetFiles: readonly string[]
  /** The directory that the paths of `changes` start at. */
  readonly cwd: string
}

/** Warnings that name more become a burden. */
const MOST_NAMED = 5

/** What speaks against the words of an agent, or against the place of its work, in sentences for people; empty where the changes are unknown. */
export function doubts({ output, changes, targetFiles, cwd }: WorkAndWords): string[] {
  if (changes === null) return []
  return [...falseClaims(output, changes, cwd), ...strayChanges(changes, targetFiles, cwd)]
}

function falseClaims(output: string, changes: readonly FileChange[], cwd: string): string[] {
  const unchanged = new Set<string>()
  const isChanged = changedPaths(changes, cwd)
  for (const { path: written, created } of claimedPaths(output)) {
    const path = relativePath(written, cwd)
    if (path === undefined || path === './' || isLikelyIgnored(path) || (created && path.endsWith('/'))) continue
    if (!unchanged.has(path) && !isChanged(path)) unchanged.add(path)
  }
  const named = [...unchanged].slice(0, MOST_NAMED).map((path) => {
    const fact = path.endsWith('/') ? 'nothing below it changed' : 'that file did not change'
    return `The final message says that it changed ${codeSpan(path)}, but ${fact}.`
  })
  const more = unchanged.size - named.length
  return more === 0 ? named : [...named, `The final message says the same of ${more} more that did not change.`]
}

function strayChanges(changes: readonly FileChange[], targetFiles: readonly string[], cwd: string): string[] {
  const stray = outsideTargets(changes, targetFiles, cwd).map(({ path }) => codeSpan(path))
  if (stray.length === 0) return []
  const more = stray.length - MOST_NAMED
  return [`Changed outside the target files: ${stray.slice(0, MOST_NAMED).join(', ')}${more > 0 ? ` and ${more} more` : ''}.`]
}
