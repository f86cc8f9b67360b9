import { execFile } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { isAlive } from './process-identity.ts'
import { listPids, type ProcessEntry, readProcess, startedWithValue } from './process-table.ts'
import { look, type Trail, trailFromStart, trailOf } from './process-trail.ts'
import type { ProcessIdentity } from './running.ts'

/** A variable that every process of an attempt inherits, and nobody else has. */
export interface RunMarker {
  readonly name: string
  readonly value: string
}

/** The processes that come of one, followed so that all of them can be ended. */
export interface ProcessTree {
  /** Ends them with SIGKILL, the first one included; settles when none is left, or after about 4 s for one that cannot die. */
  end(): Promise<void>
}

const LINUX = process.platform === 'linux'
const LOOK_EVERY_MS = LINUX ? 1000 : 5000
const TERMINATE_AGAIN_MS = 5
const PAUSES_MS = [2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000]
/** Rounds in which one that cannot be judged is waited for: some processes never can. */
const UNSURE_ROUNDS = 4

/**
 * Follows the tree of a process that was just started as the leader of its own session, looking at it once a second (every
 * 5 s where there is no `/proc`) unless told not to, and ends it on demand: process group and session, children by parent ids,
 * and on Linux everything with the marker in its environment. Only processes that were seen to belong to it are signalled. What
 * escapes is a process that between two looks left the session, shed its environment (on macOS: just left) and lost its parent;
 * nothing escapes from a PID namespace, whose orphans fall to its own first process. On Windows there is only `taskkill /T`,
 * which misses what lost its parent.
 */
export function followTree(root: ProcessIdentity, marker: RunMarker | undefined, { look: looks = true } = {}): ProcessTree {
  if (process.platform === 'win32') return { end: () => taskkill(root) }
  const trail = trailFromStart(root, marker && variable(marker))
  const timer = looks ? setInterval(() => void look(trail, 'new').catch(() => undefined), LOOK_EVERY_MS).unref() : undefined
  return {
    end: () => {
      clearInterval(timer)
      return endAll(trail)
    },
  }
}

/** Ends a process that was not followed, such as one that a killed daemon left, and all below it; nothing if it lives no more. */
export async function endTree(root: ProcessIdentity): Promise<void> {
  if (!isAlive(root)) return
  await (process.platform === 'win32' ? taskkill(root) : endAll(trailOf(root, undefined)))
}

/**
 * Sends SIGTERM to the program in the PID namespace that a process of Linux keeps: its first process has the program as its
 * first child. Waits until it is there, at most a few milliseconds after the start.
 */
export async function terminateInside(keeper: ProcessIdentity): Promise<void> {
  while (isAlive(keeper)) {
    const entries = listPids().flatMap((pid) => readProcess(pid) ?? [])
    const first = eldestChild(keeper.pid, entries)
    const program = first && eldestChild(first.pid, entries)
    if (program) return kill(program.pid, 'SIGTERM')
    await delay(TERMINATE_AGAIN_MS, undefined, { ref: false })
  }
}

function eldestChild(parent: number, entries: readonly ProcessEntry[]): ProcessEntry | undefined {
  const children = entries.filter((entry) => entry.parent === parent)
  return children.sort((a, b) => Number(a.started) - Number(b.started) || a.pid - b.pid)[0]
}

/** Ends every process with the marker in its environment and all below them: what a killed daemon left. Finds nothing but on Linux. */
export async function sweepMarked(marker: RunMarker): Promise<void> {
  if (LINUX) await endAll(trailOf(undefined, variable(marker)))
}

function variable({ name, value }: RunMarker): string {
  return `${name}=${value}`
}

/** The values that a marker has among all living processes: those of runs that a killed daemon left. Finds nothing but on Linux. */
export async function markersAlive(name: string): Promise<ReadonlySet<string>> {
  const values = new Set<string>()
  let unclear = LINUX ? listPids() : []
  for (const wait of [0, ...PAUSES_MS.slice(0, 4)]) {
    if (unclear.length === 0) break
    await delay(wait)
    unclear = unclear.filter((pid) => {
      const entry = readProcess(pid)
      const value = entry && startedWithValue(entry, name)
      if (typeof value === 'string') values.add(value)
      return value === null
    })
  }
  return values
}

async function endAll(trail: Trail): Promise<void> {
  for (const [round, pause] of PAUSES_MS.entries()) {
    try {
      const sure = await look(trail, 'all')
      if (trail.own.size === 0 && (sure || round >= UNSURE_ROUNDS)) return
      killAll(trail)
    } catch {
      // No file descriptor is left to look with; one may be free again in the next round.
    }
    await delay(pause)
  }
}

/** The group goes first and at once, so that none of it can start another process in between. */
function killAll({ root, own }: Trail): void {
  if (root !== undefined && [...own.values()].some((entry) => entry.group === root.pid)) kill(-root.pid)
  for (const pid of own.keys()) kill(pid)
}

async function taskkill(root: ProcessIdentity): Promise<void> {
  if (!isAlive(root)) return
  await promisify(execFile)('taskkill', ['/T', '/F', '/PID', String(root.pid)], { windowsHide: true }).catch(() => undefined)
}

function kill(pid: number, signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL'): void {
  try {
    process.kill(pid, signal)
  } catch {
    // Gone in the meantime, or not ours to signal: the next look tells.
  }
}
