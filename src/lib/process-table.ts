import { execFile } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { promisify } from 'node:util'

/** One process, living or not yet reaped. */
export interface ProcessEntry {
  readonly pid: number
  readonly parent: number
  readonly group: number
  /** Session of the process; 0 where the system does not tell. */
  readonly session: number
  /** Opaque start stamp: with the pid it names a process within one boot. On Linux a number that grows with time. */
  readonly started: string
  /** Dead, but not yet reaped by its parent. */
  readonly zombie: boolean
}

/** A process of Linux, from `/proc/PID/stat` (proc_pid_stat(5)); undefined when it is gone. Like all of this file it throws when no file can be opened. */
export function readProcess(pid: number): ProcessEntry | undefined {
  const stat = read(`/proc/${pid}/stat`)
  if (stat === undefined) return undefined
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const field = (number: number) => fields[number - 3] ?? ''
  return {
    pid,
    parent: Number(field(4)),
    group: Number(field(5)),
    session: Number(field(6)),
    started: field(22),
    // A leader that has exited while other threads of the process go on shows the state of a zombie.
    zombie: field(3) === 'X' || (field(3) === 'Z' && Number(field(20)) <= 1),
  }
}

/** The pids of Linux. */
export function listPids(): number[] {
  const pids: number[] = []
  for (const name of readdirSync('/proc')) {
    const pid = Number(name)
    if (pid > 0) pids.push(pid)
  }
  return pids
}

/** The ids from `first` to `last` that some process of Linux has, or some thread of one. For a few ids far cheaper than `listPids`. */
export function pidsBetween(first: number, last: number): number[] {
  const pids: number[] = []
  for (let pid = first; pid <= last; pid += 1) if (existsSync(`/proc/${pid}`)) pids.push(pid)
  return pids
}

/** The pid that Linux gave out last, from `/proc/loadavg`; 0 where that cannot be read. */
export function lastPid(): number {
  return Number(read('/proc/loadavg')?.trimEnd().split(' ').at(-1) ?? 0)
}

/**
 * Whether a process of Linux was started with `NAME=value` in its environment; undefined when that cannot be told, since the
 * process is just being replaced by another program, is ending or has ended, or was started with no environment at all. One
 * whose environment we may not see is none of ours.
 */
export function startedWith({ pid, group, session }: ProcessEntry, variable: string): boolean | undefined {
  // Threads of the kernel belong to no group and have no environment.
  if (group === 0 && session === 0) return false
  const environ = read(`/proc/${pid}/environ`, 'forbidden')
  if (!environ) return undefined
  return `\0${environ}`.includes(`\0${variable}\0`)
}

/**
 * What a process of Linux was started with as the value of a variable: undefined where it has none. Under the conditions under which `startedWith` cannot
 * tell it is `null`.
 */
export function startedWithValue({ pid, group, session }: ProcessEntry, name: string): string | null | undefined {
  if (group === 0 && session === 0) return undefined
  const environ = read(`/proc/${pid}/environ`, 'forbidden')
  if (!environ) return null
  const prefix = `${name}=`
  return environ
    .split('\0')
    .find((entry) => entry.startsWith(prefix))
    ?.slice(prefix.length)
}

/** An environment in which `ps` writes times the same way every time. */
export const PS_ENV = { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' }

/** All processes of a POSIX system without `/proc`, from `ps`; empty where that fails. */
export async function psTable(): Promise<ProcessEntry[]> {
  const columns = ['pid=', 'ppid=', 'pgid=', 'stat=', 'lstart='].flatMap((column) => ['-o', column])
  const output = await promisify(execFile)('ps', ['-A', ...columns], { env: PS_ENV, maxBuffer: 64 << 20 }).then(
    ({ stdout }) => stdout,
    () => '',
  )
  return output.split('\n').flatMap((line) => {
    const [, pid, parent, group, state, started] = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(.*\S)/.exec(line) ?? []
    if (state === undefined || started === undefined) return []
    return [{ pid: Number(pid), parent: Number(parent), group: Number(group), session: 0, started, zombie: state.startsWith('Z') }]
  })
}

/**
 * Undefined when it cannot be read, since its process is gone; `forbidden` where it is someone else's. Throws when we
 * ourselves can open nothing any more.
 */
function read(path: string, forbidden?: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'EMFILE' || code === 'ENFILE') throw error
    return code === 'EACCES' || code === 'EPERM' ? forbidden : undefined
  }
}
