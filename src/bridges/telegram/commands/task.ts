import { OrchestratorError } from '../../../domain/errors.ts'
import { fetchAttachment, fetchText } from '../attachments.ts'
import { directoryHint } from '../directory-hint.ts'
import { byOf, type Command, type CommandTools, type Request } from './command.ts'

/** `/task TEXT`, or text alone: a task. As a reply to a message about a task it goes on with that conversation. */
export const task: Command = async (request, tools) => {
  const { message, text } = request
  if (message.file?.kind === 'task') return submit(request, tools)
  if (text === '') {
    const what = message.file
      ? 'Send the file again with a caption that says what to do with it.'
      : 'Say what is to be done: /task fix the login timeout in /backend'
    throw new OrchestratorError('usage', 'There is nothing to do.', { hint: what })
  }
  const earlier = tools.about()?.task
  const created = await tools.send('create', {
    prompt: text,
    cwd: earlier === undefined && !request.passedOn ? directoryHint(text, tools.base) : undefined,
    resume: earlier,
    origin: originOf(message),
    files: message.file ? [await fetchAttachment(tools.api, message.file)] : [],
    by: byOf(message),
  })
  tools.follow(
    created.id,
    text.split('\n', 1)[0] ?? text,
    earlier === undefined ? 'queued' : `queued; goes on with ${earlier}`,
    created.file,
  )
}

async function submit({ message, passedOn = false }: Request, tools: CommandTools): Promise<void> {
  if (!message.file) return
  const markdown = await fetchText(tools.api, message.file)
  const created = await tools.send('submit', {
    markdown,
    name: message.file.name,
    origin: originOf(message),
    by: byOf(message),
    forwarded: passedOn,
  })
  const { title } = await tools.send('show', { id: created.id }).catch(() => ({ title: created.id }))
  tools.follow(created.id, title, 'queued', created.file)
}

function originOf({ chat, id }: Request['message']): string {
  return `telegram:${chat.id}:${id}`
}
