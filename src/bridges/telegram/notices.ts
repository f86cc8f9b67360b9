import { z } from 'zod'
import type { Settings } from '../../config/schema.ts'
import type { LoggedEvent } from '../../domain/events.ts'
import { TASK_ID } from '../../domain/task-name.ts'

const id = z.string().regex(TASK_ID)

/** What is pushed to people: the end of a run, a question, a file that is no task, an account that is held. */
export const noticeSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('ended'), task: id, run: id, status: z.enum(['completed', 'failed', 'cancelled']) }),
  z.object({
    kind: z.literal('asked'),
    task: id,
    question: z.string(),
    text: z.string(),
    options: z.array(z.string()),
    default: z.string().nullable(),
    deadline: z.string().nullable(),
  }),
  z.object({ kind: z.literal('rejected'), file: z.string(), message: z.string() }),
  z.object({ kind: z.literal('held'), agent: z.string(), until: z.string(), message: z.string() }),
])
export type Notice = z.infer<typeof noticeSchema>

/** The notice that an event makes; undefined for most. */
export function noticeOf(event: LoggedEvent): Notice | undefined {
  switch (event.event) {
    case 'task_archived':
      return { kind: 'ended', task: event.task_id, run: event.run_id, status: event.status }
    case 'asked': {
      const { task_id: task, question_id: question, text, options, default: fallback, deadline } = event
      return { kind: 'asked', task, question, text, options: [...options], default: fallback, deadline }
    }
    case 'task_rejected':
      return { kind: 'rejected', file: event.file, message: event.message }
    case 'agent_held':
      return { kind: 'held', agent: event.agent, until: event.until, message: event.message }
    default:
      return undefined
  }
}

const LEVELS = { none: 0, questions: 1, failures: 2, all: 3 } as const

/** Whether somebody who wants this much is told. */
export function isWanted(notice: Notice, notify: Settings['NOTIFY']): boolean {
  return LEVELS[notify] >= LEVELS[levelOf(notice)]
}

function levelOf(notice: Notice): keyof typeof LEVELS {
  if (notice.kind === 'asked') return 'questions'
  return notice.kind === 'ended' && notice.status !== 'failed' ? 'all' : 'failures'
}
