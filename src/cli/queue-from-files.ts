import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Environment } from '../config/environment.ts'
import type { HomePaths } from '../config/home.ts'
import type { DaemonStatus, RunningTask } from '../control/protocol.ts'
import { begunIdsIn, queuedNames } from '../control/view/folder-names.ts'
import { holdViews } from '../control/view/hold-views.ts'
import { waitingOnFiles } from '../control/view/open-questions.ts'
import { type QueuedFile, queuedFiles } from '../control/view/queued-files.ts'
import { peekTask } from '../control/view/task-peek.ts'
import type { Outlook } from '../daemon/outlook.ts'
import { TASK_SUFFIX } from '../domain/task-name.ts'
import { readRecord } from '../inbox/records.ts'
import { readState } from '../lib/read-state.ts'
import type { Redactor } from '../lib/redact.ts'
import { type Hold, holdsSchema } from '../scheduler/holds.ts'

/** What runs, what waits, and what holds it up. */
export type Queue = Pick<DaemonStatus, 'holds' | 'running' | 'waiting' | 'queued' | 'queuedCount'>

/** A longer queue is not read for the few that are shown; these are then the first by name. */
const SORTED_QUEUE = 200
const SHOWN_QUEUED = 10

/** What the files of a home say of its queue, and of runs that have begun and go on at the next start. */
export async function queueFromFiles(paths: HomePaths, environment: Environment, redact: Redactor): Promise<Queue> {
  const names = queuedNames(paths)
  const parked = waitingOnFiles(paths)
  const asking = parked.filter(({ questions }) => questions.length > 0)
  const answered = parked.filter((task) => !asking.includes(task))
  const files = queuedFiles(paths, names.length > SORTED_QUEUE ? names.toSorted().slice(0, SHOWN_QUEUED) : names)
  const { reasons, budget } = await lookAheadOn(paths, environment, files)
  return {
    holds: holdViews({ paused: existsSync(paths.paused), agents: agentHolds(paths), budget }, Date.now()),
    running: [
      ...begunIdsIn(paths.running).map((id) => begun(paths, id, paths.running, redact, 'interrupted', reasons.get(`running/${id}`))),
      ...answered.map(({ id }) => begun(paths, id, paths.waiting, redact, 'answered')),
    ],
    waiting: asking,
    queued: files.map(({ id, name, priority, modified }) => {
      return {
        id,
        file: name,
        priority: priority ?? 'medium',
        since: new Date(modified).toISOString(),
        waitsFor: reasons.get(name) ?? null,
      }
    }),
    queuedCount: names.length,
  }
}

/** Why tasks would not start at once if a daemon were started now; what tells that is loaded only where something waits for one. */
export async function lookAheadOn(paths: HomePaths, environment: Environment, files: readonly QueuedFile[]): Promise<Outlook> {
  if (files.length === 0 && begunIdsIn(paths.running).length === 0) return { reasons: new Map(), budget: undefined }
  const { lookAhead } = await import('../daemon/outlook.ts')
  return lookAhead({ paths, environment, files, holds: agentHolds(paths) })
}

/** What the last daemon kept of limits and faults of its agents; where there is no such file, or it is torn, nothing is held. */
function agentHolds({ holds }: HomePaths): readonly Hold[] {
  return readState(holds, holdsSchema) ?? []
}

/** A run that has begun, lies in a folder, and needs a daemon, if nothing else. */
function begun(
  paths: HomePaths,
  id: string,
  folder: string,
  redact: Redactor,
  how: 'interrupted' | 'answered',
  waitsFor?: string,
): RunningTask {
  const record = readRecord(paths, id)
  const last = record?.attempts.at(-1)
  const peek = peekTask(join(folder, id + TASK_SUFFIX), redact)
  return {
    id,
    runId: record?.run_id ?? null,
    title: peek?.title ?? id,
    agent: record?.agent ?? peek?.agent ?? '',
    attempt: last?.attempt ?? 1,
    since: record?.claimed ?? new Date().toISOString(),
    turns: last?.turns ?? 0,
    tool: null,
    costUsd: last?.cost_usd ?? null,
    note: waitsFor === undefined ? `${how}; it goes on at the next start` : `waits: ${waitsFor}`,
  }
}
