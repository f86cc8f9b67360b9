import { progressText } from '../format.ts'
import type { Command } from './command.ts'
import { namedTask } from './named-task.ts'

/** `/progress ID`: the last events of a task, readable. */
export const progress: Command = async (request, tools) => {
  const { id } = await namedTask(request, tools)
  tools.reply(progressText(await tools.send('progress', { id, lines: 12 })))
}
