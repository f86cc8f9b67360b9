import { existsSync } from 'node:fs'
import { dirname, isAbsolute, join, relative, resolve } from 'node:path'
import { type Environment, type Git, homeOf } from './git-program.ts'

/** The repository that a directory lies in; absolute paths. */
export interface FoundRepository {
  /** Top of the work tree. */
  readonly top: string
  readonly index: string
  readonly objects: string
  /** Patterns of ignored files, and attributes, that are not part of the work tree. */
  readonly exclude: string
  readonly attributes: string
  /** Configuration by name in lower case: of the system, of the user and of the repository. */
  readonly config: ReadonlyMap<string, string>
}

/**
 * Asks git for the repository around a directory. Undefined where there is none, where git refuses it (its owner is somebody
 * else) and where it has submodules, since what is done inside of those does not show in it. Nothing that the configuration
 * names is run by this: git finds and reads files only.
 */
export async function findRepository(git: Git, cwd: string, environment: Environment): Promise<FoundRepository | undefined> {
  const { XDG_CONFIG_HOME } = environment
  const env = { HOME: homeOf(environment), ...(XDG_CONFIG_HOME && { XDG_CONFIG_HOME }) }
  const paths = ['index', 'objects', 'info/exclude', 'info/attributes'].flatMap((path) => ['--git-path', path])
  const [places, config] = await Promise.all([
    git(['rev-parse', '--show-toplevel', ...paths], { cwd, env }),
    git(['config', '-z', '--list'], { cwd, env }),
  ])
  if (places.code !== 0 || config.code !== 0) return undefined

  const lines = places.stdout.trimEnd().split(/\r?\n/)
  const [top, index, objects, exclude, attributes] = lines.map((path) => resolve(cwd, path))
  // More lines than paths: one of them has a line break in it.
  if (!top || !index || !objects || !exclude || !attributes || lines.length > 5) return undefined
  const below = relative(top, cwd)
  if (below.startsWith('..') || isAbsolute(below) || existsSync(join(top, '.gitmodules'))) return undefined
  return { top, index, objects, exclude, attributes, config: readConfig(config.stdout) }
}

/**
 * Whether the directory, or one that it lies in, has what makes a work tree: a directory `.git`, or a file of that name that leads to
 * one. Where none has, git need not be asked.
 */
export function liesBelowGit(directory: string): boolean {
  if (existsSync(join(directory, '.git'))) return true
  const parent = dirname(directory)
  return parent !== directory && liesBelowGit(parent)
}

/** Reads `git config -z --list`: each entry is a name, then on a line of its own the value; without one it means true. */
function readConfig(listing: string): ReadonlyMap<string, string> {
  const entries = listing.split('\0').filter((entry) => entry !== '')
  return new Map(
    entries.map((entry) => {
      const end = entry.indexOf('\n')
      return end < 0 ? [entry, 'true'] : [entry.slice(0, end), entry.slice(end + 1)]
    }),
  )
}
