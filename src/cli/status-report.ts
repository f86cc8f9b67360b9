import { existsSync } from 'node:fs'
import type { Environment } from '../config/environment.ts'
import type { HomePaths } from '../config/home.ts'
import { begunIdsIn, queuedNames } from '../control/view/folder-names.ts'
import { type EndedTask, recentEnds } from '../control/view/recent-ends.ts'
import type { Redactor } from '../lib/redact.ts'
import { askDaemon, type DaemonView } from './ask-daemon.ts'
import { type Component, lookAtComponents } from './components.ts'
import type { Queue } from './queue-from-files.ts'

/** All that `status` tells. */
export interface StatusReport extends Queue {
  readonly home: string
  readonly daemon: DaemonView
  readonly components: readonly Component[]
  /** What was edited in the configuration and waits for `orchestrator reload`, by name. */
  readonly configWaiting: readonly string[]
  readonly recent: readonly EndedTask[]
}

/** How many tasks of the queue and of the past are shown. */
const SHOWN_QUEUED = 10
const SHOWN_RECENT = 5

/** The state of a home: from its daemon, or from its files where none answers. */
export async function statusReport(paths: HomePaths, environment: Environment, redact: Redactor): Promise<StatusReport> {
  const daemon = await askDaemon(paths)
  const live = daemon.kind === 'answers' ? daemon.status : await readQueue(paths, environment, redact)
  return {
    home: paths.home,
    daemon,
    components: await componentsOf(paths, environment, daemon),
    configWaiting: daemon.kind === 'answers' ? (daemon.status.configWaiting ?? []) : [], // a daemon of an earlier version tells nothing of it
    holds: live.holds,
    running: live.running,
    waiting: live.waiting,
    queued: live.queued.slice(0, SHOWN_QUEUED),
    queuedCount: live.queuedCount,
    recent: recentEnds(paths, SHOWN_RECENT),
  }
}

/** A running daemon knows how its bridges stand; else the configuration tells whether there would be any. */
async function componentsOf(paths: HomePaths, environment: Environment, daemon: DaemonView): Promise<readonly Component[]> {
  const found = await lookAtComponents(paths, environment)
  const live = daemon.kind === 'answers' ? daemon.status.bridges : []
  return found.map((one) => live.find(({ name }) => name === one.name) ?? one)
}

/** An empty queue needs none of what reads task files. */
async function readQueue(paths: HomePaths, environment: Environment, redact: Redactor): Promise<Queue> {
  const isEmpty =
    queuedNames(paths).length === 0 &&
    [paths.running, paths.waiting].every((folder) => begunIdsIn(folder).length === 0) &&
    !existsSync(paths.paused)
  if (isEmpty) return { holds: [], running: [], waiting: [], queued: [], queuedCount: 0 }
  const { queueFromFiles } = await import('./queue-from-files.ts')
  return queueFromFiles(paths, environment, redact)
}

/** The report as JSON prints it: names as in results, stable. */
export function statusJson({
  home,
  daemon,
  components,
  configWaiting,
  holds,
  running,
  waiting,
  queued,
  queuedCount,
  recent,
}: StatusReport): object {
  return {
    home,
    daemon: daemonJson(daemon),
    components,
    config_waiting: configWaiting,
    holds,
    running: running.map(({ runId, costUsd, ...task }) => ({ ...task, run_id: runId, cost_usd: costUsd })),
    waiting,
    queued: queued.map(({ waitsFor, ...task }) => ({ ...task, waits_for: waitsFor })),
    queued_count: queuedCount,
    recent: recent.map(({ durationMs, costUsd, ...task }) => ({ ...task, duration_ms: durationMs, cost_usd: costUsd })),
  }
}

function daemonJson(daemon: DaemonView): object | null {
  if (daemon.kind === 'none') return null
  if (daemon.kind === 'silent') return { pid: daemon.pid, since: daemon.since, answers: false }
  const { pid, since, version, concurrency } = daemon.status
  return { pid, since, answers: true, version, concurrency }
}
