import { code } from '../html.ts'
import type { Command } from './command.ts'
import { namedTask } from './named-task.ts'

/** The whole answer of the agent. */
export const show: Command = async (request, tools) => {
  const { id } = await namedTask(request, tools)
  const { output, summary, state } = await tools.send('show', { id })
  const text = output?.trim() || summary?.trim()
  if (text) tools.replyLong(text, `${id}.txt`)
  else tools.reply(`${code(id)} is ${state} and has said nothing yet.`)
}
