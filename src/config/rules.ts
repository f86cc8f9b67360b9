import { realpathSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { BUILT_IN_TYPES } from '../domain/task.ts'
import { nearest } from '../lib/nearest.ts'
import { isInside } from '../lib/safe-path.ts'
import { directories } from './directories.ts'
import type { DotenvEntry } from './dotenv.ts'
import type { Environment } from './environment.ts'
import { homePaths, ownFolders } from './home.ts'
import type { Problem } from './problem.ts'
import type { Config, Settings } from './schema.ts'
import { type Gathered, type Given, SETTING_NAMES } from './settings.ts'

/** The base directory and the allowed root must be directories, and the one within the other on real paths. */
export function checkDirectories(home: string, environment: Environment, given: Gathered['given']): readonly Problem[] {
  const [wantedBase, wantedRoot] = [given('CLAUDE_BASE_CWD'), given('CLAUDE_ALLOWED_ROOT')]
  const settings = { CLAUDE_BASE_CWD: wantedBase?.value, CLAUDE_ALLOWED_ROOT: wantedRoot?.value }
  const { base, root } = directories({ home, environment, settings })
  const [realBase, realRoot] = [realDirectory(base), realDirectory(root)]
  const missing = (one: Given, path: string) => ({ where: one.where, name: one.name, message: `must be a directory that exists: ${path}` })
  const problems: Problem[] = []
  if (wantedBase !== undefined) {
    const refused = refusedBase(home, base)
    if (refused !== undefined) problems.push({ where: wantedBase.where, name: wantedBase.name, message: refused })
    else if (realBase === undefined) problems.push(missing(wantedBase, base))
  }
  if (wantedRoot === undefined) return problems
  if (realRoot === undefined) problems.push(missing(wantedRoot, root))
  else if (realBase !== undefined && !isInside(realRoot, realBase)) {
    const message = `must contain the base directory ${realBase}, symbolic links resolved: ${realRoot}`
    problems.push({ where: wantedRoot.where, name: wantedRoot.name, message })
  }
  return problems
}

/** Why a directory cannot be the base, there or not: it is one of the home's own folders, symbolic links resolved, or lies in one. */
export function refusedBase(home: string, base: string): string | undefined {
  const paths = homePaths(home)
  const folder = [...ownFolders(paths), paths.state].find((own) => isWithin(own, base))
  if (folder === undefined) return undefined
  return `must lie outside ${basename(folder)}/, which belongs to the home: tasks work in the base directory, and must not write there: ${realPathOf(base)}`
}

/** Whether one directory is another or lies below it, symbolic links resolved; neither has to exist. */
export function isWithin(root: string, path: string): boolean {
  return isInside(realPathOf(root), realPathOf(path))
}

/** The real path of what there is of a path, and the rest as it is written. */
function realPathOf(path: string): string {
  try {
    return realpathSync.native(path)
  } catch {
    const parent = dirname(path)
    return parent === path ? path : join(realPathOf(parent), basename(path)) // as far as it does not exist
  }
}

/**
 * Names in `.env` that look like a mistyped variable: a limit must not be dropped in silence. Names that are like none of ours are
 * left alone, since they are what agents inherit.
 */
export function checkNames(file: readonly DotenvEntry[]): readonly Problem[] {
  const known: ReadonlySet<string> = new Set(SETTING_NAMES)
  return file.flatMap(({ name, line }): Problem[] => {
    const meant = known.has(name) ? undefined : nearest(name, SETTING_NAMES)
    // One word of a longer name, such as HOST, is a name of its own.
    if (meant === undefined || name.length * 2 < meant.length) return []
    return [{ where: `.env line ${line}`, name, message: `is no setting; did you mean ${meant}?` }]
  })
}

/** Warnings of types in `VERIFY_DEFAULT` that nobody knows: a mistyped one would leave tasks unchecked in silence. */
export function noteUnknownTypes({ VERIFY_DEFAULT }: Settings, given: Given | undefined, types: Config['types']): readonly string[] {
  const known = [...BUILT_IN_TYPES, ...Object.keys(types)]
  const unknown = Object.keys(VERIFY_DEFAULT ?? {}).filter((type) => !known.includes(type))
  return unknown.map((type) => {
    const meant = nearest(type, known)
    const advice = meant === undefined ? '.' : `; did you mean ${meant}?`
    const own = 'One of your own is known once it stands under types in config/orchestrator.yaml.'
    return `${given?.where}: VERIFY_DEFAULT names the type "${type}", which is not known${advice} ${own}`
  })
}

function realDirectory(path: string): string | undefined {
  try {
    return statSync(path).isDirectory() ? realpathSync(path) : undefined
  } catch {
    return undefined
  }
}
