import { execFile } from 'node:child_process'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { promisify } from 'node:util'
import { until } from './until.ts'

interface Found {
  readonly pid: number
  readonly command: string
}

/** Milliseconds in which what was told to end, or ends by itself, is gone on a busy machine too. */
const ENDING_MS = 60_000

/**
 * Waits for every process that belongs to a directory to be gone, ends those that stay for so many milliseconds, and returns their
 * commands. A process belongs to it if its environment, its command line or its working directory names it. Returns
 * nothing on Windows, where that cannot be seen.
 */
export async function endLeftOvers(directory: string, endingMs = ENDING_MS): Promise<string[]> {
  await untilNone(directory, endingMs).catch(() => {})
  const left = await endAll(directory)
  return left.map(({ pid, command }) => `${pid} ${command}`)
}

/** Ends every process that belongs to a directory. */
export async function endAll(directory: string): Promise<Found[]> {
  const left = await processesOf(directory)
  for (const { pid } of left) end(pid)
  if (left.length > 0) await untilNone(directory)
  return left
}

async function untilNone(directory: string, endingMs = ENDING_MS): Promise<void> {
  const none = async () => {
    if ((await processesOf(directory)).length > 0) throw new Error('some are left')
  }
  await until(none, endingMs)
}

/** The living processes that belong to a directory. */
export async function processesOf(directory: string): Promise<Found[]> {
  if (process.platform === 'win32') return []
  const found = process.platform === 'linux' ? fromProc(directory) : await fromPs(directory)
  return found.filter(({ pid }) => pid !== process.pid)
}

/** Read at once: through promises the hundreds of short files take several times as long. */
function fromProc(directory: string): Found[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return pids.flatMap((pid): Found[] => {
    const command = textOf(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8'))
    if (command === '') return []
    const belongs =
      command.includes(directory) ||
      textOf(() => readFileSync(`/proc/${pid}/environ`, 'utf8')).includes(directory) ||
      textOf(() => readlinkSync(`/proc/${pid}/cwd`)).startsWith(directory)
    return belongs ? [{ pid: Number(pid), command: command.replaceAll('\0', ' ').trim() }] : []
  })
}

/** A process that ends while it is looked at, or belongs to someone else, has nothing to read. */
function textOf(read: () => string): string {
  try {
    return read()
  } catch {
    return ''
  }
}

async function fromPs(directory: string): Promise<Found[]> {
  const { stdout } = await promisify(execFile)('ps', ['-axEww', '-o', 'pid=,command='], { maxBuffer: 64 << 20 })
  return stdout.split('\n').flatMap((line) => {
    const [, pid, command] = /^\s*(\d+)\s+(.*)$/.exec(line) ?? []
    return pid && command?.includes(directory) ? [{ pid: Number(pid), command: command.split(' ')[0] ?? '' }] : []
  })
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It ended by itself in the meantime.
  }
}
