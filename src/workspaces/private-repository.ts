import { copyFile, mkdir, mkdtemp, readFile, realpath, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ToolOutput } from '../lib/exec.ts'
import type { FoundRepository } from './found-repository.ts'
import { type Environment, type Git, type GitCall, homeOf } from './git-program.ts'
import { READ_ONLY } from './read-only.ts'

/** A repository of our own over the work tree of another. */
export interface PrivateRepository extends AsyncDisposable {
  /** Real path of where it lies; others may put files here that end with it. */
  readonly directory: string
  /** Its index: what it knows of the work tree. */
  readonly index: string
  /**
   * Variables with which a command sees the objects of the other repository too. One that writes objects does not get them: git
   * would renew the time of an object that is already there.
   */
  readonly withAllObjects: Environment
  /** Runs a command of git in the directory that is compared. */
  git(args: readonly string[], call?: Omit<GitCall, 'cwd'>): Promise<ToolOutput>
}

/** What of the configuration says how files are compared with what git has stored; nothing in it can name a program. */
const KEPT = [
  'core.autocrlf',
  'core.eol',
  'core.filemode',
  'core.symlinks',
  'core.ignorecase',
  'core.precomposeunicode',
  'core.trustctime',
  'core.checkstat',
  'extensions.objectformat',
]

/** Larger files count as binary: git neither loads nor compares them. */
export const LARGEST_TEXT = 4 * 1024 * 1024

/**
 * Makes a repository in a new directory of `scratch` that can borrow the objects of another and begins with a copy of its index, whose
 * stat cache makes it fast. Nothing is ever written to the other one, and nothing that its configuration, its attributes or its
 * hooks name can run, because none of that is read: no filter, fsmonitor, external diff or textconv. So files that pass through
 * a filter, as those of Git LFS do, are compared as they lie in the work tree. Undefined where it cannot be made.
 */
export async function makePrivateRepository(
  git: Git,
  { found, cwd, environment, scratch }: { found: FoundRepository; cwd: string; environment: Environment; scratch: string },
): Promise<PrivateRepository | undefined> {
  const directory = await newDirectory(scratch)
  if (directory === undefined) return undefined
  // What cannot be removed harms nobody: the next start removes it.
  const end = () => rm(directory, { recursive: true, force: true, maxRetries: 3 }).catch(() => undefined)
  try {
    await fill(directory, found, configOf(found, environment))
  } catch {
    await end()
    return undefined
  }
  const env = { HOME: directory, XDG_CONFIG_HOME: directory, GIT_CONFIG_NOSYSTEM: '1', GIT_DIR: directory, GIT_WORK_TREE: found.top }
  return {
    directory,
    index: join(directory, 'index'),
    withAllObjects: { GIT_ALTERNATE_OBJECT_DIRECTORIES: quoted(found.objects) },
    git: (args, call) => git(args, { ...call, cwd, env: { ...env, ...call?.env } }),
    [Symbol.asyncDispose]: end,
  }
}

async function newDirectory(scratch: string): Promise<string | undefined> {
  try {
    await mkdir(scratch, { recursive: true })
    return await mkdtemp(join(await realpath(scratch), 'git-'))
  } catch {
    return undefined
  }
}

/** Writes what gitrepository-layout(5) asks for. */
async function fill(directory: string, found: FoundRepository, config: string): Promise<void> {
  const place = (path: string) => join(directory, path)
  await Promise.all(['objects', 'refs', 'info'].map((path) => mkdir(place(path))))
  await Promise.all([
    writeFile(place('HEAD'), 'ref: refs/heads/none\n'),
    writeFile(place('config'), config),
    writeFile(place('info/exclude'), await textOf(found.exclude)),
    // The last line wins over every other file of attributes, so that no path has a filter and none is kept from being compared.
    writeFile(place('info/attributes'), `${await textOf(found.attributes)}\n* !filter !diff\n`),
    copyIndex(found.index, place('index')),
  ])
}

function configOf({ config }: FoundRepository, environment: Environment): string {
  const home = homeOf(environment)
  const absolute = (path: string) => (path.startsWith('~/') ? join(home, path.slice(2)) : path)
  const ofUser = (name: string) => join(environment.XDG_CONFIG_HOME || join(home, '.config'), 'git', name)
  const entries = {
    ...Object.fromEntries(KEPT.map((name) => [name, config.get(name)])),
    'core.repositoryformatversion': config.has('extensions.objectformat') ? '1' : '0',
    'core.excludesfile': absolute(config.get('core.excludesfile') ?? ofUser('ignore')),
    'core.attributesfile': absolute(config.get('core.attributesfile') ?? ofUser('attributes')),
    'core.bigfilethreshold': String(LARGEST_TEXT),
    // What lies here is read once and soon: neither durable nor small.
    'core.fsync': 'none',
    'core.compression': '0',
    'core.safecrlf': 'false',
    'core.untrackedcache': 'false',
  }
  return Object.entries(entries)
    .flatMap(([name, value]) => (value === undefined ? [] : `${name.replace('.', ']\n').replace(/^/, '[')} = ${quoted(value)}\n`))
    .join('')
}

/** As git-config(1) has it under "Syntax", and git(1) for lists of directories. */
function quoted(value: string): string {
  return `"${value.replace(/["\\]/g, '\\$&').replaceAll('\n', '\\n')}"`
}

async function textOf(path: string): Promise<string> {
  return readFile(path, { encoding: 'utf8', flag: READ_ONLY }).catch(() => '')
}

/** Leaves nothing where there is none: a repository without any file. */
async function copyIndex(from: string, to: string): Promise<void> {
  try {
    const { mtimeMs } = await stat(from)
    await copyFile(from, to)
    // Files that changed after this time are read, not trusted to be as their stamp says; too early costs time, too late is wrong.
    const seconds = (Math.floor(mtimeMs) - 1) / 1000
    await utimes(to, seconds, seconds)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
  }
}
