import { execFile } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { readFileSync, readlinkSync } from 'node:fs'
import { constants } from 'node:os'
import { findProgram } from './find-program.ts'
import type { ProcessExit } from './running.ts'

/** How to keep the processes of an attempt together; `auto` is a PID namespace where that can be had. */
export type FenceChoice = 'auto' | 'namespace' | 'sweep'

/** What keeps the processes of an attempt together, so that none of them is left behind. */
export interface Fence {
  /** Undefined where they are found and ended by a sweep. */
  readonly namespace: PidNamespace | undefined
  /** Why there is no better fence: one reason for each that was tried in vain. */
  readonly lacking: readonly string[]
}

/**
 * Starts programs in a PID namespace of their own (pid_namespaces(7)). With its first process, which ends when the program
 * does, the kernel ends whatever is in it; and the first process ends when the thread that asked for it does.
 */
export interface PidNamespace {
  readonly tool: Tool
  /** What to put before the words of a command that gets this environment, for one start. For its status see `exitWithin`. */
  prefix(env: Readonly<Record<string, string>>): readonly [file: string, ...args: string[]]
}

/** Programs that can make a PID namespace, the better one first. */
export type Tool = 'unshare' | 'bwrap'

/** No namespace: what every system can do. */
export const SWEEP: Fence = { namespace: undefined, lacking: [] }

/** The programs that a tool is used with, itself included: util-linux has all of them but bwrap and the shell. */
const NEEDED = { unshare: ['unshare', 'setpriv', 'setsid', 'sh'], bwrap: ['bwrap', 'setsid', 'sh'] }

/**
 * The first process: it reaps orphans, and it is there because a program that is first itself is deaf to every signal that it
 * has no handler for. It lets process ids begin at `$1` where it may, since names such as `/tmp/x.$$` of two namespaces would
 * be the same. Descriptor 3 keeps what the shell has to say of an ending out of the output of the program. Some shells, such as dash,
 * pass on no variable whose name is not a word.
 */
const FIRST_PROCESS = 'exec 3>&2 2>/dev/null; echo "$1" >/proc/sys/kernel/ns_last_pid; shift; (exec "$@" 2>&3 3>&-); exit $?'
/** What some shells and bwrap add to an environment. */
const ADDED_VARIABLES = ['PWD', 'OLDPWD', 'SHLVL']
const LOWEST_PID = 300

/** All that there is on standard error when a tool could not make the namespace, or `setsid` not start the program in it. */
const TOOL_ERROR = /^(unshare|setpriv|bwrap|setsid): (.+)\n$/
const NOT_FOUND = 127

const TRIAL_ENV = { LC_ALL: 'C' }
/** Only a tool that hangs takes so long; one that is slow must not pass for one that cannot. */
const TRIAL_MS = 60_000
const TRIAL_STATUS = 7
/** Tells its namespace, if `/proc` belongs to it. */
const TRIAL = `read -r pid _ </proc/self/stat; [ "$pid" = "$$" ] && readlink /proc/self/ns/pid; exit ${TRIAL_STATUS}`

/** Finds out which fence this machine can have, by trying (some 10 ms). Programs are looked for along `path`. */
export async function raiseFence(choice: FenceChoice, path: string | undefined): Promise<Fence> {
  if (choice === 'sweep') return SWEEP
  if (process.platform !== 'linux') return { ...SWEEP, lacking: ['only Linux has PID namespaces'] }
  const lacking: string[] = []
  for (const tool of ['unshare', 'bwrap'] as const) {
    const found = await tryTool(tool, path)
    if (typeof found !== 'string') return { namespace: found, lacking }
    lacking.push(found)
  }
  return { namespace: undefined, lacking }
}

/** How a program in a namespace ended, from how its keeper did: a signal is told as a status, and a start that failed as an error of a tool. */
export function exitWithin({ code, signal, stderr }: ProcessExit): ProcessExit {
  const [, tool, problem] = TOOL_ERROR.exec(stderr) ?? []
  if (code !== undefined && code !== 0 && tool !== undefined && problem !== undefined) {
    const refusal = tool === 'setsid' ? (code === NOT_FOUND ? 'ENOENT' : 'EACCES') : 'EAGAIN'
    return { code: undefined, signal: undefined, stderr: '', startError: { code: refusal, message: `${tool}: ${problem}` } }
  }
  const told = Object.entries(constants.signals).find(([, number]) => number + 128 === code)?.[0]
  return told === undefined ? { code, signal, stderr } : { code: undefined, signal: told, stderr }
}

/** The namespace that a tool makes, or why it makes none. */
export async function tryTool(tool: Tool, path: string | undefined): Promise<PidNamespace | string> {
  const places = new Map<string, string>()
  for (const name of NEEDED[tool]) {
    const found = findProgram(name, { path, cwd: '/' })
    if (!found.ok) return name === tool ? `${tool} is not installed` : `${tool} cannot be used without ${name}`
    places.set(name, found.path)
  }
  const prefix = prefixOf(tool, (name) => places.get(name) ?? name)
  const problem = await problemWith(prefix(TRIAL_ENV), places.get('sh') ?? 'sh')
  return problem === undefined ? { tool, prefix } : `${tool} makes no namespace: ${problem}`
}

/** Every program by its own path: they run with the environment of the agent, whose PATH is its own. */
function prefixOf(tool: Tool, at: (name: string) => string): PidNamespace['prefix'] {
  const root = process.getuid?.() === 0
  const first = (env: Readonly<Record<string, string>>) => {
    const added = ADDED_VARIABLES.filter((name) => !Object.hasOwn(env, name))
    return ['--', at('sh'), '-c', `unset ${added.join(' ')}; ${FIRST_PROCESS}`, 'sh', firstPid()]
  }
  const session = [at('setsid'), '--']
  if (tool === 'bwrap') {
    const options = ['--unshare-pid', '--as-pid-1', '--die-with-parent', '--dev-bind', '/', '/', '--proc', '/proc']
    return (env) => [at('bwrap'), ...options, ...(root ? ['--cap-add', 'ALL'] : []), ...first(env), ...session]
  }
  const options = ['--pid', '--fork', '--kill-child=KILL', '--mount-proc', '--propagation', 'slave']
  const dies = ['--pdeathsig', 'KILL', '--', at('unshare'), ...options]
  if (root) return (env) => [at('setpriv'), ...dies, ...first(env), ...session]
  // To set ids takes capabilities, which others than root have only within a user namespace, and which the program must not have.
  const asUser = ['--user', '--map-current-user', '--keep-caps']
  const drop = [at('setpriv'), '--ambient-caps', '-all', '--inh-caps', '-all', '--']
  return (env) => [at('setpriv'), ...dies, ...asUser, ...first(env), ...drop, ...session]
}

/** Where the ids of a namespace begin: somewhere else each time. */
function firstPid(): string {
  return String(randomInt(LOWEST_PID, Math.max(Number(readFileSync('/proc/sys/kernel/pid_max', 'utf8')), LOWEST_PID + 1)))
}

/** What is wrong with a namespace, from a program that looks where it is; undefined if nothing is. */
function problemWith([file, ...args]: ReturnType<PidNamespace['prefix']>, sh: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const options = { env: TRIAL_ENV, cwd: '/', timeout: TRIAL_MS, killSignal: 'SIGKILL' } as const
    execFile(file, [...args, sh, '-c', TRIAL], options, (error, stdout, stderr) => {
      const worked = error?.code === TRIAL_STATUS && stdout.startsWith('pid:[') && stdout.trim() !== readlinkSync('/proc/self/ns/pid')
      const said = stderr.trim().split('\n').at(-1) || `a trial ended with ${error?.code ?? error?.signal ?? 0}`
      resolve(worked ? undefined : said)
    })
  })
}
