import type { FileChange } from '../domain/run.ts'
import { endOfRun } from '../lib/scan.ts'
import { globMatcher } from './glob.ts'
import { belowDirectory, comparable, relativePath } from './paths.ts'

/** As many as a task file may name. */
const MOST_TARGETS = 1_000
/** Of comparing, in characters; about 0.1 s. */
const MOST_WORK = 10_000_000

/**
 * The changed files that no target file covers. A target is a file, a directory or a simple pattern, and may carry backticks, a line
 * number and a remark. None where a target is no path at all, such as `all the tests`: nobody can tell what it covers; and none where
 * there is too much to compare.
 */
export function outsideTargets(changes: readonly FileChange[], targetFiles: readonly string[], cwd: string): FileChange[] {
  const targets = targetFiles.slice(0, MOST_TARGETS + 1).map(withoutRemark)
  if (targets.length > MOST_TARGETS) return []
  if (targets.length === 0 || !targets.every(isPath)) return []
  const inside = targets.map((target) => relativePath(target, cwd)).filter((target) => target !== undefined)
  if (inside.length === 0 || inside.some(isEverything)) return []
  const globs = inside.filter(isGlob)
  const others = inside.filter((target) => !isGlob(target))
  if (work(changes, globs, others) > MOST_WORK) return []
  const covers = [...globs.map(coveredByGlob), coveredByName(others, cwd)]
  return changes.filter(({ path }) => {
    const changed = comparable(path)
    return !covers.some((isCovered) => isCovered(changed))
  })
}

/** `src/a.ts:12 - the handler` without what stands behind the path. */
function withoutRemark(target: string): string {
  const open = target.indexOf('`')
  const begin = endOfRun(target, '`', open)
  const end = open < 0 ? -1 : target.indexOf('`', begin)
  if (end >= 0) return target.slice(begin, end).trim()
  return target
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/^["']|["']$/g, '')
    .split(/ [-–—#(]|: |, /, 1)
    .join('')
    .trim()
}

function isPath(target: string): boolean {
  return target !== '' && !target.startsWith('!') && (!/\s/.test(target) || /[/\\]|\.\w{1,10}$/.test(target))
}

function isEverything(target: string): boolean {
  return target === '.' || target === './'
}

function isGlob(target: string): boolean {
  if (/[*?]/.test(target)) return true
  const open = target.indexOf('{')
  const comma = open < 0 ? -1 : target.indexOf(',', open)
  return comma >= 0 && target.includes('}', comma)
}

/** About how many characters are looked at, as a measure of the time. */
function work(changes: readonly FileChange[], globs: readonly string[], others: readonly string[]): number {
  const characters = (texts: readonly string[]) => texts.reduce((sum, { length }) => sum + length, 0)
  const all = characters(changes.map(({ path }) => path))
  return all * characters(globs) + others.length * (all / 10 + changes.length * 50)
}

function coveredByGlob(glob: string): (changed: string) => boolean {
  const matches = globMatcher(comparable(glob))
  const isName = !glob.includes('/')
  return (changed) => matches(changed) || (isName && matches(changed.slice(changed.lastIndexOf('/') + 1)))
}

function coveredByName(targets: readonly string[], cwd: string): (changed: string) => boolean {
  const wanted = targets.map((target) => comparable(target).replace(/\/$/, ''))
  const within = wanted.map((path) => `/${path}/`)
  const fromAbove = new Set(wanted.flatMap((path) => belowDirectory(path, cwd)))
  return (changed) => fromAbove.has(changed) || within.some((path) => `/${changed}/`.includes(path))
}
