import { realpath } from 'node:fs/promises'
import { type Failure, failure } from '../domain/errors.ts'
import type { TaskResult } from '../domain/result.ts'
import type { Task } from '../domain/task.ts'

/** Finds the newest result of a task. */
export type ReadResult = (id: string) => TaskResult | undefined

/** The task with the place and the agent of the conversation that it goes on with, where it names none: a session is tied to both. */
export function inConversation<T extends Pick<Task, 'head'>>(task: T, read: ReadResult): T {
  const earlier = task.head.resume === undefined ? undefined : read(task.head.resume)
  if (!earlier) return task
  const cwd = task.head.cwd ?? earlier.workspace.path ?? undefined
  return { ...task, head: { ...task.head, agent: task.head.agent ?? earlier.agent, ...(cwd !== undefined && { cwd }) } }
}

/** Where the conversation is to be gone on with. */
export interface Wanted {
  readonly id: string
  readonly agent: string
  /** Real path. */
  readonly cwd: string
  canResume(agent: string): Promise<boolean>
}

/** The session of an earlier task, or why it cannot be gone on with. */
export async function sessionOf({ id, agent, cwd, canResume }: Wanted, read: ReadResult): Promise<string | Failure> {
  const earlier = read(id)
  if (!earlier) return failure('resume_unknown', `There is no result of a task "${id}" whose conversation could be continued.`)
  if (earlier.session_id === null) return failure('not_resumable', `${id} had no conversation: its agent never answered.`)
  if (earlier.agent !== agent) return failure('not_resumable', `${id} was a conversation with ${earlier.agent}, not with ${agent}.`)
  if (!(await canResume(agent))) return failure('not_resumable', `The agent ${agent} cannot continue a conversation.`)
  const place = earlier.workspace.path === null ? undefined : await realpath(earlier.workspace.path).catch(() => undefined)
  if (place !== cwd) return failure('not_resumable', `${id} worked in ${earlier.workspace.path}, not in ${cwd}.`)
  return earlier.session_id
}
