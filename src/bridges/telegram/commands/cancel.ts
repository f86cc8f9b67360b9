import { code } from '../html.ts'
import { byOf, type Command } from './command.ts'
import { namedTask } from './named-task.ts'

/** `/cancel ID`. */
export const cancel: Command = async (request, tools) => {
  const { id } = await namedTask(request, tools)
  await tools.send('cancel', { id, by: byOf(request.message) })
  tools.reply(`⏹ ${code(id)} is being cancelled.`)
}
