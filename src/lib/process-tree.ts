import { execFile } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { isAlive } from './process-identity.ts'
import { lastPid, listPids, type ProcessEntry, pidsBetween, psTable, readProcess, startedWith, startedWithValue } from './process-table.ts'
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
/** Up to here trying ids one by one is cheaper than listing all. */
const FEW_PIDS = 64

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
  const trail = newTrail(root, marker, LINUX ? untilWrapped(root.pid) : everyPid)
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
  await (process.platform === 'win32' ? taskkill(root) : endAll(newTrail(root, undefined, everyPid)))
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
  if (LINUX) await endAll(newTrail(undefined, marker, everyPid))
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

/** What is known of a tree, from look to look. */
interface Trail {
  readonly root: ProcessIdentity | undefined
  readonly marker: string | undefined
  /** The ids that processes of the tree can have. */
  readonly range: () => PidRange
  /** The living processes that belong to it, by pid. */
  own: ReadonlyMap<number, ProcessEntry>
  /** Pids of the last look. */
  seen: ReadonlySet<number>
}

interface PidRange {
  readonly first: number
  readonly last: number
}

function newTrail(root: ProcessIdentity | undefined, marker: RunMarker | undefined, range: () => PidRange): Trail {
  return { root, marker: marker && `${marker.name}=${marker.value}`, range, own: new Map(), seen: new Set() }
}

function everyPid(): PidRange {
  return { first: 1, last: lastPid() }
}

/** Linux counts pids upwards: until the count wraps, everything younger than a process has a higher one. */
function untilWrapped(first: number): () => PidRange {
  let wrapped = false
  let last = first
  let at = performance.now()
  return () => {
    const next = lastPid()
    const now = performance.now()
    // After a long gap the count may have come round and passed the old one.
    wrapped ||= next < last || now - at > 2 * LOOK_EVERY_MS
    last = next
    at = now
    return wrapped ? everyPid() : { first, last }
  }
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

/**
 * Brings `own` up to date, judging the processes that are new since the last look, or all. False when one could not be judged,
 * because it was just being replaced by another program or was ending: then look again.
 */
async function look(trail: Trail, which: 'new' | 'all'): Promise<boolean> {
  const entries = LINUX ? youngProcesses(trail, which) : await psTable()
  const current = LINUX ? readProcess : (pid: number) => entries.find((entry) => entry.pid === pid)
  const alive = [...trail.own.values()].flatMap((before) => {
    const entry = current(before.pid)
    return entry?.started === before.started && !entry.zombie ? [entry] : []
  })
  const { own, sure } = adopt(trail, alive, entries)
  trail.own = own
  return sure
}

function youngProcesses(trail: Trail, which: 'new' | 'all'): ProcessEntry[] {
  const { first, last } = trail.range()
  const since = Number(trail.root?.started ?? 0)
  const pids = which === 'all' && last - first < FEW_PIDS ? pidsBetween(first, last) : listPids()
  const candidates = pids.filter((pid) => pid >= first && (which === 'all' || !trail.seen.has(pid)))
  const entries = candidates.flatMap((pid) => readProcess(pid) ?? [])
  trail.seen = new Set(pids)
  // What ended while it was looked at may have left a child that is younger than the list.
  for (let reached = last, newest = lastPid(); which === 'all' && newest > reached; newest = lastPid()) {
    entries.push(...pidsBetween(reached + 1, newest).flatMap((pid) => readProcess(pid) ?? []))
    reached = newest
  }
  return entries.filter((entry) => Number(entry.started) >= since)
}

/** The members that are alive and those among the entries that belong to them; not `sure` when one could not be judged. */
function adopt({ root, marker }: Trail, alive: readonly ProcessEntry[], entries: readonly ProcessEntry[]) {
  const own = new Map(alive.map((entry) => [entry.pid, entry]))
  let strangers = entries.filter((entry) => !entry.zombie && entry.pid !== process.pid && !own.has(entry.pid))
  const take = (belongs: (entry: ProcessEntry) => boolean) => {
    for (const entry of strangers.filter(belongs)) own.set(entry.pid, entry)
    const left = strangers.filter((entry) => !own.has(entry.pid))
    const taken = left.length < strangers.length
    strangers = left
    return taken
  }
  const takeFamily = () => {
    while (take((entry) => own.has(entry.parent) || entry.group === root?.pid || entry.session === root?.pid));
  }

  let sure = true
  takeFamily()
  if (LINUX && marker !== undefined) {
    take((entry) => {
      const marked = startedWith(entry, marker)
      sure &&= marked !== undefined
      return marked ?? false
    })
    takeFamily()
  }
  return { own, sure }
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
