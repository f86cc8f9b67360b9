import { realpathSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { directories } from '../config/directories.ts'
import type { Config } from '../config/schema.ts'
import type { RejectReason } from '../domain/reject-reason.ts'
import { isReadOnly, type Task } from '../domain/task.ts'
import { readTaskFile } from '../inbox/read.ts'
import { rejectFile } from '../inbox/reject.ts'
import { keptId } from '../inbox/requeue.ts'
import type { Arrival } from '../inbox/watch.ts'
import type { Candidate } from '../scheduler/candidate.ts'
import { parseTask } from '../task-file/parse.ts'
import { queueChoicesOf } from './choices.ts'
import { inConversation } from './resume.ts'
import type { Rooms } from './rooms.ts'

/** What a file in `tasks/` turned out to be. */
export type Intake =
  | { readonly kind: 'candidate'; readonly candidate: Candidate }
  | { readonly kind: 'rejected' }
  | { readonly kind: 'gone' }

/** Reads a file that has arrived: a candidate for the queue, or a rejection with its reason. */
export async function takeIn(arrival: Arrival, rooms: Rooms): Promise<Intake> {
  const read = readIn(arrival, rooms)
  return read.kind === 'problem' ? turnAway(arrival.name, read.problem, rooms) : read
}

type Reading = Exclude<Intake, { kind: 'rejected' }> | { readonly kind: 'problem'; readonly problem: RejectReason }

function readIn({ name, modified, since }: Arrival, rooms: Rooms): Reading {
  const read = readTaskFile(join(rooms.folders.tasks, name))
  if (read.kind !== 'bytes') return read
  const parsed = parseTask({ bytes: read.bytes, file: name, modified, redact: rooms.redact })
  if (!parsed.ok) return { kind: 'problem', problem: parsed.problem }
  const task = inConversation(parsed.task, rooms.results.read)
  const taskId = keptId(rooms.folders, name) ?? task.id
  return { kind: 'candidate', candidate: candidateOf(task, identityOf(name, taskId, since), rooms.config()) }
}

/** What a file in `tasks/` is in the queue; a clock that is ahead of ours counts as ours. */
export function identityOf(name: string, taskId: string, since: Date): Pick<Candidate, 'key' | 'taskId' | 'begun' | 'arrived'> {
  return { key: name, taskId, begun: false, arrived: Math.min(Date.now(), since.getTime()) }
}

/** Rejects a file that still lies in `tasks/`, and tells so. */
export async function turnAway(name: string, reason: RejectReason, rooms: Rooms): Promise<Intake> {
  await rejectFile(rooms.folders, join(rooms.folders.tasks, name), name, reason, new Date())
  rooms.bus.event({ event: 'task_rejected', file: name, code: reason.code, message: reason.message })
  return { kind: 'rejected' }
}

/** What the queue needs to know of a task, and of a run that has spent some of its budget. */
export function candidateOf(
  { head, type, priority, created }: Pick<Task, 'head' | 'type' | 'priority' | 'created'>,
  { key, taskId, begun, arrived }: Pick<Candidate, 'key' | 'taskId' | 'begun' | 'arrived'>,
  config: Config,
  spentUsd = 0,
  directoryOf = realDirectory,
): Candidate {
  const { agent, budgetUsd } = queueChoicesOf({ head, type }, config)
  return {
    key,
    taskId,
    begun,
    priority,
    created: Date.parse(created),
    arrived,
    notBefore: head.not_before === undefined ? undefined : Date.parse(head.not_before),
    dependsOn: head.depends_on ?? NOTHING,
    directory: directoryOf(config, head.cwd),
    writes: !isReadOnly(type),
    agent,
    wantsUsd: budgetUsd === undefined ? undefined : Math.max(0, budgetUsd - spentUsd),
  }
}

/** One for all, since most tasks depend on nothing. */
const NOTHING: readonly string[] = []

/** The directory that a task works in; undefined for one that is missing, which cannot be in use: the attempt will say that it is missing. */
export function realDirectory(config: Config, cwd: string | undefined): string | undefined {
  try {
    return realpathSync.native(resolve(directories(config).base, cwd ?? '.'))
  } catch {
    return undefined
  }
}
