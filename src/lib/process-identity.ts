import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { PS_ENV, readProcess } from './process-table.ts'
import type { ProcessIdentity } from './running.ts'

const BOOT = process.platform === 'linux' ? readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim() : ''

/**
 * Who has a pid right now, a zombie included; undefined when nobody has it. About 10 µs on Linux; elsewhere a short program
 * is run: `ps` (some ms), on Windows PowerShell (some 100 ms).
 */
export function identify(pid: number): ProcessIdentity | undefined {
  const started = look(pid)?.started
  return started === undefined ? undefined : { pid, started, boot: BOOT }
}

/** Whether that very process still lives: not another one that got its pid, and not a zombie. */
export function isAlive(identity: ProcessIdentity): boolean {
  if (identity.boot !== BOOT || !isTaken(identity.pid)) return false
  const seen = look(identity.pid)
  return seen !== undefined && !seen.zombie && seen.started === identity.started
}

/** Who this process is; throws where the system does not tell. */
export function selfIdentity(): ProcessIdentity {
  const self = identify(process.pid)
  if (self === undefined) throw new Error('This system does not tell when a process was started.')
  return self
}

function look(pid: number): { readonly started: string; readonly zombie: boolean } | undefined {
  if (process.platform === 'linux') return readProcess(pid)
  if (process.platform === 'win32') {
    const started = run('powershell.exe', ['-NoProfile', '-Command', `(Get-Process -Id ${pid}).StartTime.ToFileTimeUtc()`])
    return started === undefined ? undefined : { started, zombie: false }
  }
  const [, state, started] = /^(\S+)\s+(.+)$/.exec(run('ps', ['-o', 'stat=', '-o', 'lstart=', '-p', String(pid)], PS_ENV) ?? '') ?? []
  return state === undefined || started === undefined ? undefined : { started, zombie: state.startsWith('Z') }
}

function isTaken(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

function run(file: string, args: readonly string[], env?: Record<string, string>): string | undefined {
  try {
    const output = execFileSync(file, args, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      windowsHide: true,
      ...(env && { env }),
    })
    return output.trim() || undefined
  } catch {
    return undefined
  }
}
