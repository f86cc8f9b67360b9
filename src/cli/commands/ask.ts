import { OrchestratorError } from '../../domain/errors.ts'
import { parseDuration } from '../../lib/duration.ts'
import { tellAsAgent } from '../attempt-client.ts'
import type { Command } from '../context.ts'

/** Status where no answer came yet: the task waits. */
const NOT_YET = 75

/** `ask QUESTION`, for agents: prints the answer alone, or says that the turn is to be ended, with status 75. */
export const ask: Command = async (context, [text = ''], options) => {
  const answer = await tellAsAgent(context, 'ask', {
    text,
    options: Array.isArray(options.option) ? options.option : [],
    default: typeof options.default === 'string' ? options.default : null,
    deadlineMs: deadlineOf(options.deadline),
  })
  if (answer.answer !== null) {
    context.out.line(answer.answer)
    return 0
  }
  context.err.line('No answer yet. Your question is kept and put to a person.')
  context.err.line('End your turn now: the task goes on, in this conversation, with the answer.')
  return NOT_YET
}

function deadlineOf(value: unknown): number | null {
  if (value === undefined) return null
  const ms = parseDuration(String(value))
  if (ms !== undefined && ms > 0) return ms
  throw new OrchestratorError('usage', `--deadline must be a duration, not "${String(value)}".`, { hint: 'Write it as 90s, 10m or 2h.' })
}
