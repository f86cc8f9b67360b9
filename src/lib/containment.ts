import { execFile } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { existsSync, readFileSync, readlinkSync } from 'node:fs'
import { constants, tmpdir } from 'node:os'
import { findProgram } from './find-program.ts'
import type { ProcessExit } from './running.ts'

/** How to contain the processes of an attempt; `auto` is a namespace where that can be had. */
export type ContainmentChoice = 'auto' | 'namespace' | 'sweep'

/** What contains the processes of an attempt, so that none of them is left behind. */
export interface Containment {
  /** Undefined where they are found and ended by a sweep. */
  readonly namespace: Namespace | undefined
  /** Why there is no better one: one reason for each that was tried in vain. */
  readonly lacking: readonly string[]
}

/**
 * Starts programs in a PID namespace of their own (pid_namespaces(7)). With its first process, which ends when the program
 * does, the kernel ends whatever is in it; and the first process ends when the thread that asked for it does.
 */
export interface Namespace {
  readonly tool: Tool
  /**
   * Whether it has its own mounts too (mount_namespaces(7)), so that files can be kept from the program: then no process in it has a
   * capability to undo them, set-user-ID programs included.
   */
  readonly mounts: boolean
  /** What to put before the words of a command, for one start. For its status see `exitWithin`. */
  prefix(inside: Inside): readonly [file: string, ...args: string[]]
}

/** What a program finds in its namespace. */
export interface Inside {
  /** Its environment. */
  readonly env: Readonly<Record<string, string>>
  /** Made in this order; a namespace without mounts passes over them. */
  readonly mounts?: readonly Mount[]
  /** Descriptor 3 is the directory that it must find itself in; it is closed before the program starts. */
  readonly holdsDirectory?: boolean
}

/** What is done with one path; absolute, without links. A directory is mounted with all that is mounted below it. */
export interface Mount {
  /**
   * `pinned`: as it is, but a mount point, which cannot be renamed or removed. `read-only`: the same, and cannot be written.
   * `empty`: an empty directory that cannot be written, but for what later mounts show in it.
   */
  readonly as: 'pinned' | 'read-only' | 'empty'
  readonly path: string
  /** Another file or directory that is shown there. */
  readonly from?: string
}

/** Programs that can make a namespace, the better one first. */
export type Tool = 'bwrap' | 'unshare'

const TOOLS = ['bwrap', 'unshare'] as const satisfies readonly Tool[]

/** No namespace: what every system can do. */
export const SWEEP: Containment = { namespace: undefined, lacking: [] }

/** The programs that a tool is used with, itself included: util-linux has all of them but bwrap and the shell. */
const NEEDED = { unshare: ['unshare', 'setpriv', 'setsid', 'sh'], bwrap: ['bwrap', 'setpriv', 'setsid', 'sh'] }

/**
 * The first process: it reaps orphans, and it is there because a program that is first itself is deaf to every signal that it
 * has no handler for. It lets process ids begin at `$1` where it may, since names such as `/tmp/x.$$` of two namespaces would
 * be the same. Descriptor 4 keeps what the shell has to say of an ending out of the output of the program. Some shells, such as dash,
 * pass on no variable whose name is not a word.
 */
const FIRST_PROCESS = 'exec 4>&2 2>/dev/null; echo "$1" >/proc/sys/kernel/ns_last_pid; shift; (exec "$@" 2>&4 4>&-); exit $?'
/** Ends where the working directory is another than the one that is held open, and lets go of that: it lies outside of the mounts. */
const STAYS_IN_DIRECTORY =
  '[ . -ef /dev/fd/3 ] || { echo "containment: the working directory was replaced by another" >&2; exit 127; }; exec 3<&-; '
/** What some shells and bwrap add to an environment. */
const ADDED_VARIABLES = ['PWD', 'OLDPWD', 'SHLVL']
const LOWEST_PID = 300
const LAST_PID = '/proc/sys/kernel/ns_last_pid'

/**
 * What root keeps in a namespace with mounts: enough to work on files of others and to change the user, nothing with which mounts could
 * be undone. SETFCAP lets nested sandboxes map root; CHECKPOINT_RESTORE lets process ids begin elsewhere.
 */
const KEPT_CAPABILITIES = ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID', 'KILL', 'SETGID', 'SETUID', 'SETFCAP', 'CHECKPOINT_RESTORE']

/** All that there is on standard error when a tool could not make the namespace, or `setsid` not start the program in it. */
const TOOL_ERROR = /^(unshare|setpriv|bwrap|setsid|containment): (.+)\n$/
const NOT_FOUND = 127

const TRIAL_ENV = { LC_ALL: 'C' }
/** A machine that is very busy takes its time; one where this does not end has no namespaces. */
const TRIAL_MS = 60_000
const TRIAL_STATUS = 7
/** Tells its namespace, if `/proc` belongs to it; with mounts the directory `$1` must look empty. */
const TRIAL =
  `read -r pid _ </proc/self/stat; for entry in "$1"/*; do [ -n "$1" ] && [ -e "$entry" ] && exit 1; done; ` +
  `[ "$pid" = "$$" ] && readlink /proc/self/ns/pid; exit ${TRIAL_STATUS}`

/** Finds out which containment this machine can have, by trying (some 10 ms). Programs are looked for along `path`. */
export async function findContainment(choice: ContainmentChoice, path: string | undefined): Promise<Containment> {
  if (choice === 'sweep') return SWEEP
  if (process.platform !== 'linux') return { ...SWEEP, lacking: ['only Linux has namespaces'] }
  const lacking: string[] = []
  for (const tool of TOOLS) {
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
export async function tryTool(tool: Tool, path: string | undefined): Promise<Namespace | string> {
  const places = new Map<string, string>()
  for (const name of NEEDED[tool]) {
    const found = findProgram(name, { path, cwd: '/' })
    if (!found.ok) return name === tool ? `${tool} is not installed` : `${tool} cannot be used without ${name}`
    places.set(name, found.path)
  }
  const prefix = (tool === 'bwrap' ? bwrapPrefix : unsharePrefix)((name) => places.get(name) ?? name)
  const namespace: Namespace = { tool, mounts: tool === 'bwrap', prefix }
  const problem = await problemWith(namespace, places.get('sh') ?? 'sh')
  return problem === undefined ? namespace : `${tool} makes no namespace: ${problem}`
}

/** Every program by its own path: they run with the environment of the agent, whose PATH is its own. */
type At = (name: string) => string

/** One program for all: processes, mounts and capabilities. It sets `no_new_privs` (prctl(2)). */
function bwrapPrefix(at: At): Namespace['prefix'] {
  const root = process.getuid?.() === 0
  const processes = ['--unshare-pid', '--as-pid-1', '--die-with-parent', '--dev-bind', '/', '/', '--proc', '/proc']
  // bwrap shuts /proc/sys to root; what is written here counts for the namespace of the writer alone.
  const ids = existsSync(LAST_PID) ? ['--dev-bind', LAST_PID, LAST_PID] : []
  const capabilities = root ? ['--cap-drop', 'ALL', ...KEPT_CAPABILITIES.flatMap(kept)] : kept('CHECKPOINT_RESTORE')
  const drop = root ? [] : [at('setpriv'), ...NO_CAPABILITIES]
  return (inside) => [
    at('bwrap'),
    ...[...processes, ...ids, ...mountOptions(inside.mounts ?? []), ...capabilities],
    ...firstProcess(at, inside),
    ...drop,
    ...[at('setsid'), '--'],
  ]
}

function kept(capability: string): string[] {
  return ['--cap-add', `CAP_${capability}`]
}

/** Mounts as options of bwrap. A directory that is to be empty is closed to writing once all is in it. */
function mountOptions(mounts: readonly Mount[]): string[] {
  const options = mounts.flatMap(({ as, path, from = path }) => {
    if (as === 'empty') return ['--tmpfs', path]
    return [as === 'pinned' ? '--dev-bind' : '--ro-bind', from, path]
  })
  return [...options, ...mounts.flatMap(({ as, path }) => (as === 'empty' ? ['--remount-ro', path] : []))]
}

function unsharePrefix(at: At): Namespace['prefix'] {
  const options = ['--pid', '--fork', '--kill-child=KILL', '--mount-proc', '--propagation', 'slave']
  const dies = ['--pdeathsig', 'KILL', '--', at('unshare'), ...options]
  const session = [at('setsid'), '--']
  if (process.getuid?.() === 0) return (inside) => [at('setpriv'), ...dies, ...firstProcess(at, inside), ...session]
  // To set ids takes capabilities, which others than root have only within a user namespace, and which the program must not have.
  const asUser = ['--user', '--map-current-user', '--keep-caps']
  return (inside) => [at('setpriv'), ...dies, ...asUser, ...firstProcess(at, inside), at('setpriv'), ...NO_CAPABILITIES, ...session]
}

const NO_CAPABILITIES = ['--ambient-caps', '-all', '--inh-caps', '-all', '--']

function firstProcess(at: At, { env, holdsDirectory }: Inside): string[] {
  const added = ADDED_VARIABLES.filter((name) => !Object.hasOwn(env, name))
  const script = `unset ${added.join(' ')}; ${holdsDirectory ? STAYS_IN_DIRECTORY : ''}${FIRST_PROCESS}`
  return ['--', at('sh'), '-c', script, 'sh', firstPid()]
}

/** Where the ids of a namespace begin: somewhere else each time. */
function firstPid(): string {
  return String(randomInt(LOWEST_PID, Math.max(Number(readFileSync('/proc/sys/kernel/pid_max', 'utf8')), LOWEST_PID + 1)))
}

/** What is wrong with a namespace, from a program that looks where it is; undefined if nothing is. */
function problemWith({ mounts, prefix }: Namespace, sh: string): Promise<string | undefined> {
  const [file, ...args] = prefix({ env: TRIAL_ENV, mounts: [{ as: 'empty', path: tmpdir() }] })
  return new Promise((resolve) => {
    const options = { env: TRIAL_ENV, cwd: '/', timeout: TRIAL_MS, killSignal: 'SIGKILL' } as const
    execFile(file, [...args, sh, '-c', TRIAL, 'sh', mounts ? tmpdir() : ''], options, (error, stdout, stderr) => {
      const worked = error?.code === TRIAL_STATUS && stdout.startsWith('pid:[') && stdout.trim() !== readlinkSync('/proc/self/ns/pid')
      const said = stderr.trim().split('\n').at(-1) || `a trial ended with ${error?.code ?? error?.signal ?? 0}`
      resolve(worked ? undefined : said)
    })
  })
}
