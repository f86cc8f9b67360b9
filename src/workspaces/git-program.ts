import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, isAbsolute, join } from 'node:path'
import { runTool, type ToolOutput } from '../lib/exec.ts'

/** Variables of the environment in which git is looked for and run. */
export type Environment = Readonly<Record<string, string>>

/** Where a git command runs, and with what. */
export interface GitCall {
  readonly cwd: string
  readonly stdin?: string
  /** Characters of output after which it is ended. */
  readonly longest?: number
  /** Put beside the few variables that every call has. */
  readonly env?: Environment
}

/** Runs git; no exit status means that it could not be started, or was ended at its time limit. */
export type Git = (args: readonly string[], call: GitCall) => Promise<ToolOutput>

/** Only a git that hangs takes so long: a slow disk and a busy machine get what changed as well. */
const CALL_MS = 60_000
const LONGEST_OUTPUT = 64 * 1024 * 1024
const SYSTEM_PATH = '/usr/bin:/bin'
/** What Windows programs do not run without, and where git for Windows has its configuration. */
const OF_WINDOWS = ['SystemRoot', 'TEMP', 'USERPROFILE', 'APPDATA', 'ProgramData']

/** Finds git; undefined where there is none. Relative entries of PATH are passed over: they would lead into the workspace. */
export function findGit(environment: Environment): Git | undefined {
  const path = (environment.PATH ?? environment.Path ?? SYSTEM_PATH).split(delimiter).filter((folder) => isAbsolute(folder))
  const names = process.platform === 'win32' ? ['git.exe'] : ['git']
  const file = path.flatMap((folder) => names.map((name) => join(folder, name))).find((place) => existsSync(place))
  if (file === undefined) return undefined
  const inherited = OF_WINDOWS.flatMap((name) => (environment[name] === undefined ? [] : [[name, environment[name]]]))
  const base = {
    ...Object.fromEntries(inherited),
    PATH: path.join(delimiter),
    LC_ALL: 'C',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_TERMINAL_PROMPT: '0',
  }
  return (args, { env = {}, ...call }) =>
    runTool(file, args, { longest: LONGEST_OUTPUT, ...call, env: { ...base, ...env }, timeoutMs: CALL_MS })
}

/** Home directory of the user, whose configuration of git says which repositories are safe. */
export function homeOf(environment: Environment): string {
  return environment.HOME || homedir()
}
