import { byOf, type Command } from './command.ts'
import { namedTask } from './named-task.ts'

/** `/retry ID`: a further run, followed in a message of its own. */
export const retry: Command = async (request, tools) => {
  const { id } = await namedTask(request, tools)
  const { title } = await tools.send('show', { id })
  await tools.send('retry', { id, by: byOf(request.message) })
  tools.follow(id, title, 'queued once more')
}
