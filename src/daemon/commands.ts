import { join } from 'node:path'
import { describeProblem } from '../config/problem.ts'
import type { LiveConfig } from '../config/reload.ts'
import type { Commands, DaemonStatus, ListedTask, PlaceInQueue, RunningTask } from '../control/protocol.ts'
import { holdViews } from '../control/view/hold-views.ts'
import { OrchestratorError } from '../domain/errors.ts'
import { failedTasks, requeueTask } from '../inbox/requeue.ts'
import type { Rooms } from '../pipeline/rooms.ts'
import { describeBlocker } from '../scheduler/blockers.ts'
import type { Activities } from './activity.ts'
import type { AgentHolds } from './agent-holds.ts'
import { type AnswerParts, createAnswerCommand, waitingTasks } from './ask.ts'
import { createTask, submitTask } from './create-task.ts'
import { isKnownAs, knownAs } from './known-as.ts'
import type { LockHolder } from './lock.ts'
import type { PauseMark } from './pause.ts'
import { idOf, type Seat } from './seats.ts'
import { tellQueue } from './tell-queue.ts'
import { cardOf, parkedAndEnded, progressOf, titleIn } from './tell-task.ts'

/** What the commands act on. */
export interface Parts extends AnswerParts {
  readonly rooms: Rooms
  readonly activities: Activities
  /** How the bridges stand. */
  bridges(): DaemonStatus['bridges']
  readonly holds: AgentHolds
  readonly live: LiveConfig
  readonly holder: LockHolder
  readonly pause: PauseMark
  stopping(): boolean
  /** Has the inbox look for what a command put there. */
  rescan(): void
}

/** At most so many queued tasks are told in one status. */
const TOLD = 100

/** What a running daemon does when it is told to. */
export function createCommands(parts: Parts): Commands {
  const { rooms, dispatcher, paths } = parts
  return {
    answer: createAnswerCommand(parts),

    create: async (wish) => {
      const created = await createTask(wish, paths, rooms)
      parts.rescan()
      return created
    },

    submit: async (document) => {
      const created = await submitTask(document, paths, rooms)
      parts.rescan()
      return created
    },

    status: async () => statusOf(parts),

    list: async ({ limit = 10 }) => ({ tasks: listOf(parts, limit) }),

    show: async ({ id }) => cardOf(id, paths, rooms.redact),

    progress: async ({ id, lines = 10 }) => {
      const progress = await progressOf(id, lines, paths)
      const seat = dispatcher.seats.of(progress.id)
      return { ...progress, now: seat ? runningTask(seat, parts.activities) : null }
    },

    why: async ({ id }) => placeOf(id, parts),

    cancel: async ({ id, by }) => {
      if (await dispatcher.cancel(id, by)) return { id }
      throw new OrchestratorError('wrong_state', `${id} is neither queued nor running and waits for nothing, so it cannot be cancelled.`)
    },

    retry: async ({ id, allFailed }) => {
      const wanted = allFailed ? failedInOrder(rooms) : id === undefined ? [] : [id]
      const ids: string[] = []
      for (const one of wanted) if (await requeueTask(rooms.folders, one)) ids.push(one)
      if (ids.length === 0 && !allFailed)
        throw new OrchestratorError('wrong_state', `${id ?? 'The task'} has not finished, so it cannot be retried.`)
      parts.rescan()
      return { ids }
    },

    pause: async ({ by }) => {
      parts.pause.set(by)
      dispatcher.paused = true
      rooms.bus.event({ event: 'paused', by: by ?? 'cli' })
      return { paused: true }
    },

    resume: async ({ by }) => {
      parts.pause.clear()
      parts.holds.forgive()
      dispatcher.paused = false
      rooms.bus.event({ event: 'resumed', by: by ?? 'cli' })
      return { paused: false }
    },

    reload: async () => {
      const outcome = await parts.live.reloadNow()
      if (outcome.ok) return { changed: outcome.changed }
      throw new OrchestratorError('bad_config', outcome.problems.map(describeProblem).join('\n'), {
        hint: 'The old values stay in force. Mend what is listed, then reload again.',
      })
    },
  }
}

/** Failed tasks as they failed one after the other: what others depend on is queued again before they are, and so fails none of them. */
function failedInOrder({ folders, results }: Rooms): string[] {
  const ended = failedTasks(folders).map((id) => ({ id, at: results.read(id)?.timings.finished ?? '' }))
  return ended.sort((a, b) => (a.at < b.at ? -1 : Number(a.at > b.at))).map(({ id }) => id)
}

/** The id may also be the name of a queued file. */
function placeOf(id: string, { dispatcher, rooms }: Parts): PlaceInQueue {
  let before = 0
  for (const { candidate, blocker } of dispatcher.explain()) {
    if (candidate.key === id || isKnownAs(candidate, id, rooms))
      return { before, waitsFor: blocker ? describeBlocker(blocker, Date.now()) : null }
    before++
  }
  return { before: null, waitsFor: null }
}

function statusOf(parts: Parts): DaemonStatus {
  const { rooms, dispatcher, activities, holds, holder, stopping } = parts
  const now = Date.now()
  const { queued, budget } = tellQueue(dispatcher.explain(), TOLD, now, (candidate) => knownAs(candidate, rooms))
  return {
    pid: holder.pid,
    version: holder.version,
    home: rooms.config().home,
    since: holder.since,
    concurrency: rooms.executor.capacity,
    holds: holdViews(
      { paused: dispatcher.paused, storageProblem: dispatcher.storageProblem, agents: holds.all(), budget, stopping: stopping() },
      now,
    ),
    waiting: waitingTasks(parts),
    running: Array.from(dispatcher.seats.all(), (seat) => runningTask(seat, activities)),
    queued,
    queuedCount: dispatcher.queue.size,
    bridges: parts.bridges(),
    configWaiting: parts.live.waiting(),
  }
}

/** What runs, what waits, and what ended last; `limit` of each. */
function listOf({ dispatcher, activities, paths, rooms }: Parts, limit: number): readonly ListedTask[] {
  const running = Array.from(dispatcher.seats.all(), (seat) => runningTask(seat, activities))
  const queued: ListedTask[] = []
  for (const { candidate } of dispatcher.explain()) {
    if (queued.length === limit) break
    const id = knownAs(candidate, rooms)
    queued.push({ id, state: 'queued', title: titleIn(join(paths.tasks, candidate.key), rooms.redact) ?? id })
  }
  return [
    ...running.map(({ id, title }) => ({ id, state: 'running' as const, title })),
    ...queued,
    ...parkedAndEnded(paths, limit, rooms.redact),
  ]
}

function runningTask(seat: Seat, activities: Activities): RunningTask {
  const { run } = seat
  const activity = run && activities.of(run.record.run_id)
  return {
    id: idOf(seat),
    runId: run?.record.run_id ?? null,
    title: run?.task.title ?? idOf(seat),
    agent: run?.agent ?? seat.candidate.agent ?? '',
    attempt: Math.max(run?.record.attempts.length ?? 1, 1),
    since: new Date(seat.since).toISOString(),
    turns: activity?.turns ?? 0,
    tool: activity?.tool ?? null,
    costUsd: activity?.costUsd ?? null,
    note: activity?.note ?? null,
    ...(activity?.said !== undefined && { said: activity.said }),
  }
}
