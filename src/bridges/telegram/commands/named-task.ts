import { OrchestratorError } from '../../../domain/errors.ts'
import type { CommandTools, Request } from './command.ts'

/** The task that a command names, else the one whose message it replies to, else the only one that runs; and the words behind it. */
export async function namedTask({ text }: Request, { send, about }: CommandTools): Promise<{ readonly id: string; readonly rest: string }> {
  const told = about()?.task
  const [, first, rest = ''] = /^(\S+)\s*([\s\S]*)$/.exec(text) ?? []
  if (first === undefined) return { id: told ?? (await onlyRunning(send)), rest: '' }
  try {
    return { id: (await send('show', { id: first })).id, rest }
  } catch (error) {
    if (told === undefined) throw error
    return { id: told, rest: text }
  }
}

async function onlyRunning(send: CommandTools['send']): Promise<string> {
  const { running } = await send('status', {})
  const [only, second] = running
  if (only && !second) return only.id
  throw new OrchestratorError('usage', 'Which task?', {
    hint: 'Write its id behind the command; /list shows them. The beginning of an id is enough.',
  })
}
