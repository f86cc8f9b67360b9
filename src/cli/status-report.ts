import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Environment } from '../config/environment.ts'
import type { HomePaths } from '../config/home.ts'
import type { DaemonStatus, RunningTask } from '../control/protocol.ts'
import { TASK_SUFFIX } from '../domain/task-name.ts'
import { askDaemon, type DaemonView } from './ask-daemon.ts'
import { type Component, lookAtComponents } from './components.ts'
import { type EndedTask, recentEnds } from './ended-tasks.ts'
import { idsIn, readRunRecord } from './home-view.ts'
import { queuedFiles, queuedNames } from './queued-files.ts'
import { peekTask } from './task-peek.ts'

/** All that `status` tells. */
export interface StatusReport extends Pick<DaemonStatus, 'holds' | 'running' | 'queued' | 'queuedCount'> {
  readonly home: string
  readonly daemon: DaemonView
  readonly components: readonly Component[]
  readonly recent: readonly EndedTask[]
}

/** How many tasks of the queue and of the past are shown. */
const SHOWN_QUEUED = 10
const SHOWN_RECENT = 5

/** A longer queue is not read for the few that are shown; without a daemon these are the first by name. */
const SORTED_QUEUE = 200

/** The state of a home: from its daemon, or from its files where none answers. */
export async function statusReport(paths: HomePaths, environment: Environment): Promise<StatusReport> {
  const daemon = await askDaemon(paths)
  const live = daemon.kind === 'answers' ? daemon.status : fromFiles(paths)
  return {
    home: paths.home,
    daemon,
    components: lookAtComponents(paths, environment),
    holds: live.holds,
    running: live.running,
    queued: live.queued.slice(0, SHOWN_QUEUED),
    queuedCount: live.queuedCount,
    recent: recentEnds(paths, SHOWN_RECENT),
  }
}

/** The report as JSON prints it: names as in results, stable. */
export function statusJson({ home, daemon, components, holds, running, queued, queuedCount, recent }: StatusReport): object {
  return {
    home,
    daemon: daemonJson(daemon),
    components,
    holds,
    running: running.map(({ runId, costUsd, ...task }) => ({ ...task, run_id: runId, cost_usd: costUsd })),
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

function fromFiles(paths: HomePaths): Pick<StatusReport, 'holds' | 'running' | 'queued' | 'queuedCount'> {
  const names = queuedNames(paths)
  const few = names.length > SORTED_QUEUE ? names.toSorted().slice(0, SHOWN_QUEUED) : names
  return {
    holds: existsSync(paths.paused) ? [{ kind: 'paused', reason: 'paused; `orchestrator resume` opens the queue' }] : [],
    running: idsIn(paths.running).map((id) => interrupted(paths, id)),
    queued: queuedFiles(paths, few).map(({ id, name, priority, modified }) => {
      return { id, file: name, priority: priority ?? 'medium', since: new Date(modified).toISOString(), waitsFor: null }
    }),
    queuedCount: names.length,
  }
}

/** A run that the end of its daemon interrupted. */
function interrupted(paths: HomePaths, id: string): RunningTask {
  const record = readRunRecord(paths, id)
  const last = record?.attempts.at(-1)
  const peek = peekTask(join(paths.running, id + TASK_SUFFIX))
  return {
    id,
    runId: record?.run_id ?? null,
    title: peek?.title ?? id,
    agent: peek?.agent ?? '',
    attempt: last?.attempt ?? 1,
    since: record?.claimed ?? new Date().toISOString(),
    turns: last?.turns ?? 0,
    tool: null,
    costUsd: last?.cost_usd ?? null,
    note: 'interrupted; it goes on at the next start',
  }
}
