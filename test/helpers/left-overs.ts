import { execFile } from 'node:child_process'
import { readdir, readFile, readlink } from 'node:fs/promises'
import { promisify } from 'node:util'
import { until } from './until.ts'

interface Found {
  readonly pid: number
  readonly command: string
}

/** Milliseconds in which what was told to end, or ends by itself, is gone on a busy machine too. */
const ENDING_MS = 60_000

/**
 * Waits for every process that belongs to a directory to be gone, ends those that stay for a minute, and returns their
 * commands. A process belongs to it if its environment, its command line or its working directory names it. Returns
 * nothing on Windows, where that cannot be seen.
 */
export async function endLeftOvers(directory: string): Promise<string[]> {
  await untilNone(directory).catch(() => {})
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

async function untilNone(directory: string): Promise<void> {
  const none = async () => {
    if ((await processesOf(directory)).length > 0) throw new Error('some are left')
  }
  await until(none, ENDING_MS)
}

/** The living processes that belong to a directory. */
export async function processesOf(directory: string): Promise<Found[]> {
  if (process.platform === 'win32') return []
  const found = process.platform === 'linux' ? await fromProc(directory) : await fromPs(directory)
  return found.filter(({ pid }) => pid !== process.pid)
}

async function fromProc(directory: string): Promise<Found[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const looks = pids.map(async (pid): Promise<Found | undefined> => {
    // A process that ends while it is looked at, or belongs to someone else, has nothing to read.
    const read = (name: string) => readFile(`/proc/${pid}/${name}`, 'utf8').catch(() => '')
    const [environment, command, cwd] = await Promise.all([read('environ'), read('cmdline'), readlink(`/proc/${pid}/cwd`).catch(() => '')])
    const belongs = environment.includes(directory) || command.includes(directory) || cwd.startsWith(directory)
    return belongs && command !== '' ? { pid: Number(pid), command: command.replaceAll('\0', ' ').trim() } : undefined
  })
  return (await Promise.all(looks)).filter((one) => one !== undefined)
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
