import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join, resolve } from 'node:path'

const PROGRAM = resolve(import.meta.dirname, '../../bin/orchestrator.js')

/** Milliseconds that a test waits for what should come to be: long, so that only what never comes fails, on a busy machine too. */
export const PATIENCE_MS = 120_000

/** Where a process of a test runs and what it sees: never the environment of the tests themselves. */
export interface Surroundings {
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
}

export interface ProcessOptions {
  /** Added to the environment of the surroundings. */
  readonly env?: Readonly<Record<string, string>>
  /** The Node to run on; default the one that runs the tests. */
  readonly node?: string
  readonly stdin?: string
  /** User and group to run as; only root can choose. */
  readonly uid?: number
}

/** A finished process: its status and all that it printed. */
export interface Finished {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** A running `orchestrator`. Disposing stops it. */
export interface RunningOrchestrator extends AsyncDisposable {
  readonly pid: number
  readonly exited: Promise<Finished>
  /** Settles once the pattern stands in what was printed so far; rejects when the process ends or takes too long without it. */
  until(pattern: RegExp): Promise<void>
  /** Sends the signal and waits for the end, which it forces after a while. */
  stop(signal?: NodeJS.Signals): Promise<Finished>
}

/** Starts `bin/orchestrator.js` as a real process in a clean environment. */
export function startOrchestrator(surroundings: Surroundings, args: readonly string[], options: ProcessOptions = {}): RunningOrchestrator {
  const child = spawn(options.node ?? process.execPath, [PROGRAM, ...args], {
    cwd: surroundings.cwd,
    env: { ...surroundings.env, ...options.env },
    stdio: 'pipe',
    ...(options.uid !== undefined && { uid: options.uid, gid: options.uid }),
  })
  const { pid } = child
  if (pid === undefined) throw new Error(`${child.spawnfile} could not be started`)
  const printed = { stdout: '', stderr: '' }
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      printed[stream] += text
    })
  }
  child.stdin.on('error', () => {}) // A command that reads nothing may be gone before its input is written.
  child.stdin.end(options.stdin ?? '')
  const exited = once(child, 'close').then(([code, signal]): Finished => ({ code, signal, ...printed }))

  function until(pattern: RegExp): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (problem?: string) => {
        if (!problem && !pattern.test(printed.stdout) && !pattern.test(printed.stderr)) return
        clearTimeout(late)
        child.stdout.off('data', look)
        child.stderr.off('data', look)
        if (!problem) resolve()
        else reject(new Error(`orchestrator ${args.join(' ')} ${problem} without printing ${pattern}:\n${printed.stdout}${printed.stderr}`))
      }
      const look = () => settle()
      const late = setTimeout(() => settle(`went on for ${PATIENCE_MS} ms`), PATIENCE_MS)
      child.stdout.on('data', look)
      child.stderr.on('data', look)
      exited.then(() => settle('ended'), reject)
      look()
    })
  }

  async function stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Finished> {
    child.kill(signal)
    const force = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS)
    return exited.finally(() => clearTimeout(force))
  }

  return {
    pid,
    exited,
    until,
    stop,
    async [Symbol.asyncDispose]() {
      // The second signal asks it not to wait for running tasks.
      const hurry = setTimeout(() => child.kill('SIGTERM'), 500)
      await stop().finally(() => clearTimeout(hurry))
    },
  }
}

/** Directories of the operating system's own programs: what a person's installations add is not there. */
export const SYSTEM_PATH =
  process.platform === 'win32' ? join(process.env.SystemRoot ?? 'C:\\Windows', 'System32') : '/usr/bin:/bin:/usr/sbin:/sbin'
