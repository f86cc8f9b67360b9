import { accessSync, constants, existsSync, lstatSync, type Stats } from 'node:fs'
import { join, sep } from 'node:path'
import type { Scope } from './baseline.ts'
import { LARGEST_TEXT, type PrivateRepository } from './private-repository.ts'
import { Slices } from './slices.ts'

/** Files whose state differs from the one that the index has, by paths relative to the directory and sorted by what is to be done. */
export interface TouchedFiles {
  /** Files and links to store with their content. */
  readonly read: readonly string[]
  /** Paths that the index has and the directory does not. */
  readonly gone: readonly string[]
  /** What is not read, with a text that is another once it was touched: large and unreadable files, and nested repositories. */
  readonly stamped: ReadonlyMap<string, string>
}

/** Stamp of a repository inside of the directory: what happens in it is not looked at. */
export const NESTED = 'a repository'

const MOST_FILES = 20_000
/** Together; what comes after is stamped. */
const MOST_BYTES = 64 * 1024 * 1024

/**
 * Looks for what differs from the index, ignored files excepted. Undefined where git fails, and where there is too much. What
 * was stamped before is stamped again, so that it can be compared. Paths that are not UTF-8 are passed over.
 */
export async function findTouched(
  { git }: PrivateRepository,
  scope: Scope,
  stampedBefore: ReadonlySet<string>,
): Promise<TouchedFiles | undefined> {
  const listing = await git(['ls-files', '-z', '-t', '--modified', '--others', '--exclude-standard'])
  const paths = new Map(entriesOf(listing.stdout).filter(([path]) => !isIgnored(scope, path)))
  if (listing.code !== 0 || paths.size > MOST_FILES) return undefined

  const [read, gone, stamped] = [[] as string[], [] as string[], new Map<string, string>()]
  const slices = new Slices()
  let bytes = 0
  for (const [path, isTracked] of paths) {
    if (slices.used) await slices.pause()
    const absolute = join(scope.cwd, path)
    const stats = isTracked && isBehindLink(scope.cwd, path) ? undefined : lookAt(absolute)
    if (stats?.isSymbolicLink()) read.push(path)
    else if (stats?.isFile()) {
      const isRead = stats.size <= LARGEST_TEXT && bytes + stats.size <= MOST_BYTES && !stampedBefore.has(path) && isReadable(absolute)
      if (isRead) {
        bytes += stats.size
        read.push(path)
      } else stamped.set(path, `${stats.size} ${stats.mode} ${stats.mtimeMs} ${stats.ctimeMs}`)
    } else if (stats?.isDirectory() && existsSync(join(absolute, '.git'))) stamped.set(path, NESTED)
    else if (isTracked) gone.push(path)
  }
  return { read, gone, stamped }
}

/** Paths and whether the index has them: `? path` is the form of those that it has not; a nested repository ends in a slash. */
function entriesOf(listing: string): [path: string, isTracked: boolean][] {
  return listing
    .split('\0')
    .filter((entry) => entry !== '' && !entry.includes('\uFFFD'))
    .map((entry) => [entry.slice(2).replace(/\/$/, ''), !entry.startsWith('?')])
}

function isIgnored({ cwd, ignored }: Scope, path: string): boolean {
  const absolute = join(cwd, path)
  return ignored.some((one) => absolute === one || absolute.startsWith(one + sep))
}

/** Git does not follow links, so a file below what is now a link to a directory is gone. */
function isBehindLink(cwd: string, path: string): boolean {
  const folders = path.split('/').slice(0, -1)
  return folders.some((_, index) => lookAt(join(cwd, ...folders.slice(0, index + 1)))?.isSymbolicLink())
}

function lookAt(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false })
  } catch {
    return undefined
  }
}

function isReadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK)
    return true
  } catch {
    return false
  }
}
