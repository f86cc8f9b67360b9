import { lastPid, listPids, type ProcessEntry, pidsBetween, psTable, readProcess, startedWith } from './process-table.ts'
import type { ProcessIdentity } from './running.ts'

const LINUX = process.platform === 'linux'
/** Milliseconds in which the count of pids does not come round unseen. */
const LONGEST_GAP_MS = 2_000
/** Up to here trying ids one by one is cheaper than listing all. */
const FEW_PIDS = 64

/** What is known of a tree, from look to look. */
export interface Trail {
  readonly root: ProcessIdentity | undefined
  /** `NAME=value` in the environment of all that belongs to it. */
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

/** Of processes about which nothing is known but this. */
export function trailOf(root: ProcessIdentity | undefined, marker: string | undefined): Trail {
  return newTrail(root, marker, everyPid)
}

/** Of a process that was just started, so that all that comes of it is younger. */
export function trailFromStart(root: ProcessIdentity, marker: string | undefined): Trail {
  return newTrail(root, marker, LINUX ? untilWrapped(root.pid) : everyPid)
}

function newTrail(root: ProcessIdentity | undefined, marker: string | undefined, range: () => PidRange): Trail {
  return { root, marker, range, own: new Map(), seen: new Set() }
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
    wrapped ||= next < last || now - at > LONGEST_GAP_MS
    last = next
    at = now
    return wrapped ? everyPid() : { first, last }
  }
}

/**
 * Brings `own` up to date, judging the processes that are new since the last look, or all. False when one could not be judged,
 * because it was just being replaced by another program or was ending: then look again.
 */
export async function look(trail: Trail, which: 'new' | 'all'): Promise<boolean> {
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
