import { OrchestratorError } from '../../../domain/errors.ts'
import { code } from '../html.ts'
import { byOf, type Command } from './command.ts'
import { namedTask } from './named-task.ts'

/** `/answer ID TEXT`, or a reply to the message of the question. */
export const answer: Command = async (request, tools) => {
  const about = tools.about()
  const { id, rest } = about?.question === undefined ? await namedTask(request, tools) : { id: about.task, rest: request.text }
  if (rest === '') throw new OrchestratorError('usage', 'What is the answer?', { hint: `/answer ${id} and the answer behind it` })
  const question = about?.question !== undefined && { questionId: about.question }
  await tools.send('answer', { taskId: id, text: rest, by: byOf(request.message), ...question })
  tools.reply(`✔ ${code(id)} has the answer.`)
}
