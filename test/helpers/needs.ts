import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { CLAUDE } from './real-claude.ts'

declare module 'vitest' {
  interface TaskMeta {
    /** What a skipped test lacks and how to get it. */
    needs?: string
  }
}

const packaged = (program: string, packageName: string) => ({
  there: () => isOnPath(program),
  get: `${program} is missing: install the package ${packageName}`,
})

const COMPONENTS = {
  bwrap: packaged('bwrap', 'bubblewrap'),
  claude: { there: () => existsSync(CLAUDE), get: 'Claude Code is missing: run `npm run tools`' },
  faketime: packaged('faketime', 'faketime'),
  git: packaged('git', 'git'),
  'another user': {
    there: canBeAnotherUser,
    get: 'another user cannot be tried: run the tests as root',
  },
  'pid namespace': {
    there: canUnsharePids,
    get: 'a PID namespace cannot be made: install util-linux, and run the tests as root or where others may make namespaces',
  },
  posix: { there: () => process.platform !== 'win32', get: 'Windows has no pipes, links or permissions of this kind' },
  inotifywait: packaged('inotifywait', 'inotify-tools'),
  proc: { there: () => process.platform === 'linux', get: 'only Linux tells in /proc what a process holds' },
  'small disk': {
    there: canMount,
    get: 'a small file system cannot be mounted: run the tests on Linux as root (in a container with --privileged)',
  },
  strace: packaged('strace', 'strace'),
  tmux: packaged('tmux', 'tmux'),
  unshare: packaged('unshare', 'util-linux'),
  'user namespace': {
    there: canUnshareUsers,
    get: 'a user namespace cannot be made: install util-linux, and let this user make namespaces',
  },
  vim: packaged('vim', 'vim'),
} as const

/**
 * Options for a `test` or `describe` that needs something the machine may lack: skipped with the reason and how to get
 * it. With REQUIRE_ALL=1 nothing is skipped: what is missing is an error.
 */
export function needs(...names: (keyof typeof COMPONENTS)[]): { skip: boolean; meta: { needs?: string } } {
  const missing = names.map((name) => COMPONENTS[name]).filter((component) => !component.there())
  const reason = missing.map((component) => component.get).join('; ')
  if (reason && process.env.REQUIRE_ALL === '1') throw new Error(reason)
  return { skip: reason !== '', meta: reason ? { needs: reason } : {} }
}

function isOnPath(program: string): boolean {
  const name = process.platform === 'win32' ? `${program}.exe` : program
  return (process.env.PATH ?? '').split(delimiter).some((directory) => existsSync(join(directory, name)))
}

function canBeAnotherUser(): boolean {
  return process.getuid?.() === 0 && spawnSync(process.execPath, ['-e', ''], { cwd: '/', uid: 65534, gid: 65534 }).status === 0
}

function canUnsharePids(): boolean {
  const asUser = process.getuid?.() === 0 ? [] : ['--user', '--map-current-user']
  try {
    execFileSync('/usr/bin/env', ['unshare', '--pid', '--fork', '--mount-proc', ...asUser, 'true'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** CAP_SYS_ADMIN among the effective capabilities of this process; see capabilities(7). */
function canUnshareUsers(): boolean {
  try {
    execFileSync('unshare', ['--user', '--map-root-user', 'true'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

function canMount(): boolean {
  if (process.platform !== 'linux') return false
  const [, effective = '0'] = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? []
  return ((BigInt(`0x${effective}`) >> 21n) & 1n) === 1n
}
