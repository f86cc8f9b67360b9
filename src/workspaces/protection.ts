import { accessSync, constants, existsSync, lstatSync, mkdirSync, readdirSync, realpathSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, sep } from 'node:path'
import type { GoverningSettings } from '../domain/attempt.ts'
import type { Mount } from '../lib/containment.ts'
import { isInside } from '../lib/safe-path.ts'

/** What has to be kept from the processes of a run. Absolute paths. */
export interface Protection {
  readonly home: string
  /** The folders of the home that are its own: read-only. */
  readonly folders: readonly string[]
  /** The folder that says how the home works: what links in it lead to is read-only, too. */
  readonly config: string
  /** The file of the home that holds its secrets: not to be seen. */
  readonly secrets: string
  /** The folder of the home that only programs read: not to be seen, but for what `run` says. */
  readonly state: string
  /** Directory below `state` that belongs to the run: read-only. Undefined where it has none. */
  readonly run?: string | undefined
  /** Settings of the user that govern the agent. */
  readonly governing?: GoverningSettings | undefined
  /** Directory of the program of the daemon: read-only, unless the run works on it, or on a project that has it installed. */
  readonly program?: string
}

/** Stands for a file that is not to be seen. */
const BLANK = 'blank'

/**
 * The mounts that keep the home, and what governs the agent, from the processes of a run that works in `cwd`, a real path. What is missing is made
 * first, since only what is there can be kept. Every directory on the way to what is kept is pinned where this user could rename it: else
 * it could be moved away and be made anew. Throws the error of the file system, and where something of a home that is worked in is a link:
 * that cannot be kept from being replaced.
 */
export function protectingMounts(cwd: string, protection: Protection): readonly Mount[] {
  const home = realpathSync.native(protection.home)
  const governing = governingFiles(protection.governing)
  // An agent whose own files lie in the home has to write there.
  const isShared = cwd === home || governing.some((path) => isInside(home, path))
  const kept = (isShared ? sharedHome : closedHome)(home, cwd, protection)
  const folders = protection.folders.filter((folder) => existsSync(folder)).map((folder) => realpathSync.native(folder))
  const linked = [...folders, ...linkedFrom(protection.config)].filter((path) => !isInside(home, path))
  const programs = [protection.program ?? cwd].filter((program) => !isInside(program, cwd) && !isInside(cwd, program))
  const others: readonly Mount[] = [...[...governing, ...linked, ...programs].map(readOnly), ...hiddenBehindLinks(home, protection)]
  const outside = others.filter(({ path }) => !isInside(home, path))
  const inside = others.filter(({ path }) => isInside(home, path))
  const pathsOf = (mounts: readonly Mount[]) => mounts.map(({ path }) => path)
  return [...pinsAbove([home, ...pathsOf(outside)]), ...outside, ...kept, ...(isShared ? pinsAbove(pathsOf(inside), home) : []), ...inside]
}

/** Secrets and state that are links are not to be seen where they lead to either. */
function hiddenBehindLinks(home: string, { secrets, state, home: named }: Protection): Mount[] {
  const behind = (path: string) => {
    const real = existsSync(path) ? realpathSync.native(path) : undefined
    return real === undefined || real === join(home, path.slice(named.length)) ? [] : [real]
  }
  return [
    ...behind(secrets).map((path): Mount => ({ as: 'read-only', path, from: blankIn(state) })),
    ...behind(state).map((path): Mount => ({ as: 'empty', path })),
  ]
}

/** Where the links below a folder lead to. */
function linkedFrom(folder: string): string[] {
  if (!existsSync(folder)) return []
  const links = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isSymbolicLink())
  const places = links.map(({ parentPath, name }) => join(parentPath, name)).filter((path) => existsSync(path))
  return places.map((path) => realpathSync.native(path))
}

/**
 * A home that nobody works in, or only in a directory inside: it looks empty but for what its entries hold, so that no file of secrets shows
 * that is saved anew meanwhile.
 */
function closedHome(home: string, cwd: string, { folders, state, run, ...protection }: Protection): Mount[] {
  const at = (path: string) => join(home, path.slice(protection.home.length))
  const entries = readdirSync(home, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() || entry.isFile() || entry.isSymbolicLink())
    .map(({ name }) => join(home, name))
    .filter((path) => path !== at(state) && !holdsSecrets(path) && existsSync(path))
  const works = isInside(home, cwd) && ![...folders, state].some((folder) => isInside(at(folder), cwd))
  return [
    ...(entries.length > MOST_ENTRIES ? wholeHome(home, state) : [{ as: 'empty', path: home } as const]),
    ...(entries.length > MOST_ENTRIES ? [] : entries).map((path): Mount => ({ as: 'read-only', path, from: realpathSync.native(path) })),
    ...(run === undefined ? [] : [readOnly(at(run))]),
    ...(works ? [...repositoriesAbove(cwd, home), cwd] : []).map((path): Mount => ({ as: 'pinned', path })),
  ]
}

/** Each mount takes longer than the one before, and bwrap takes no more than some 3,000. */
const MOST_ENTRIES = 200

/** A home of very many entries, as it is but for its state and the files of secrets that are there now. */
function wholeHome(home: string, state: string): Mount[] {
  const secrets = readdirSync(home, { withFileTypes: true }).filter((entry) => entry.isFile() && holdsSecrets(join(home, entry.name)))
  const from = blankIn(state)
  return [
    readOnly(home),
    ...secrets.slice(0, MOST_ENTRIES).map(({ name }): Mount => ({ as: 'read-only', path: join(home, name), from })),
    { as: 'empty', path: realpathSync.native(state) },
  ]
}

/** What git keeps of the work trees that a directory of the home is part of: committing is work. */
function repositoriesAbove(cwd: string, home: string): string[] {
  const above = directoriesAbove(cwd).filter((directory) => isInside(home, directory))
  return above.map((directory) => join(directory, '.git')).filter((path) => lstatSync(path, { throwIfNoEntry: false })?.isDirectory())
}

/** What a process needs to know of the mounts around the directory that it works in: without it git looks no further than to the next one. */
export function mountedEnvironment(cwd: string, home: string): Readonly<Record<string, string>> {
  return isInside(realpathSync.native(home), cwd) ? { GIT_DISCOVERY_ACROSS_FILESYSTEM: '1' } : {}
}

/** A home that is worked in: everything but its own can be written. */
function sharedHome(home: string, _: string, { folders, secrets, state, run }: Protection): Mount[] {
  for (const folder of [...folders, state]) mkdirSync(folder, { recursive: true })
  if (!existsSync(secrets)) writeFileSync(secrets, '', { mode: 0o600, flag: 'a' })
  const link = [...folders, secrets, state].find((path) => lstatSync(path).isSymbolicLink())
  if (link !== undefined) throw new Error(`${link} is a link, which an agent that works in the home could replace; set CLAUDE_BASE_CWD`)
  const copies = readdirSync(home, { withFileTypes: true }).filter((entry) => entry.isFile() && COPY_OF_SECRETS.test(entry.name))
  return [
    { as: 'pinned', path: home },
    ...folders.map((folder) => readOnly(realpathSync.native(folder))),
    ...[basename(secrets), ...copies.map(({ name }) => name)].map(
      (name): Mount => ({ as: 'read-only', path: join(home, name), from: blankIn(state) }),
    ),
    { as: 'empty', path: realpathSync.native(state) },
    ...(run === undefined ? [] : [readOnly(realpathSync.native(run))]),
  ]
}

/** What editors and people leave of `.env` beside it; others such as `.env.test` belong to the work that is done there. */
const COPY_OF_SECRETS = /^[.#]?\.env(#|~|\.(bak|backup|copy|new|old|orig|save|sw[a-z]|te?mp))~?$/

/** An empty file, which is made where it is missing. */
function blankIn(state: string): string {
  const blank = join(state, BLANK)
  mkdirSync(state, { recursive: true, mode: 0o700 })
  if (!existsSync(blank)) writeFileSync(blank, '', { mode: 0o600 })
  return realpathSync.native(blank)
}

/** The settings that govern an agent, by their real paths. */
function governingFiles(settings: GoverningSettings | undefined): string[] {
  return [...new Set(settings?.directories.flatMap((directory) => governingIn(directory, settings)))]
}

/** Those in one directory; what is missing is made where this user may. */
function governingIn(directory: string, { files, folders, others }: GoverningSettings): string[] {
  if (!existsSync(dirname(directory))) return []
  try {
    if (!existsSync(directory)) mkdirSync(directory, { mode: 0o700 })
    for (const folder of folders) mkdirSync(join(directory, folder), { recursive: true })
    for (const file of files)
      if (!existsSync(join(directory, file))) writeFileSync(join(directory, file), '{}\n', { mode: 0o600, flag: 'wx' })
  } catch {
    // Where this user cannot write, no process of a run can.
  }
  const names = [...files, ...folders, ...(existsSync(directory) ? readdirSync(directory).filter((name) => others.test(name)) : [])]
  const there = [...new Set(names)].map((name) => join(directory, name)).filter((path) => existsSync(path))
  return there.map((path) => realpathSync.native(path))
}

/** Pins the directories above some paths that this user could rename, and that are not above `top`, outermost first. */
function pinsAbove(paths: readonly string[], top?: string): Mount[] {
  const above = new Set(paths.flatMap(directoriesAbove).filter((path) => top === undefined || (isInside(top, path) && path !== top)))
  const renamable = [...above].filter((path) => isWritable(dirname(path)))
  return renamable.sort((a, b) => a.length - b.length).map((path) => ({ as: 'pinned', path }))
}

/** All but the root. */
function directoriesAbove(path: string): string[] {
  const parent = dirname(path)
  return parent === dirname(parent) ? [] : [...directoriesAbove(parent), parent]
}

function readOnly(path: string): Mount {
  return { as: 'read-only', path }
}

function isWritable(directory: string): boolean {
  try {
    accessSync(directory, constants.W_OK)
    return true
  } catch {
    return false
  }
}

/** `.env`, and what editors and people leave of it beside it; not the example, which has no secrets. */
function holdsSecrets(path: string): boolean {
  const name = path.slice(path.lastIndexOf(sep) + 1)
  return name.includes('.env') && name !== '.env.example'
}
