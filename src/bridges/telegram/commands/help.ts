import { escapeHtml } from '../html.ts'
import type { Command } from './command.ts'

/** What the app offers when somebody types a slash, in the order of the help. */
export const OFFERED = [
  { command: 'task', form: '<text>', description: 'have something done; text alone does the same' },
  { command: 'status', form: '', description: 'what runs, what waits and why' },
  { command: 'progress', form: '<id>', description: 'what has happened to a task of late' },
  { command: 'list', form: '', description: 'the tasks' },
  { command: 'cancel', form: '<id>', description: 'cancel a task' },
  { command: 'retry', form: '<id>', description: 'run a task once more' },
  { command: 'answer', form: '<id> <text>', description: 'answer a question of a task' },
  { command: 'help', form: '', description: 'this' },
] as const

const HELP = `Say what is to be done, and an agent does it.

${OFFERED.map(({ command, form, description }) => `/${[command, form].filter(Boolean).join(' ')} – ${description}`).join('\n')}

"in /backend" sets the directory. A *.task.md file is a task; a text file or picture with a caption goes with it. Reply to a message about a task to go on with its conversation, and to a question to answer it. The beginning of an id is enough.`

/** `/help`. */
export const help: Command = async (_request, { reply }) => reply(escapeHtml(HELP))

/** `/start`: what Telegram sends when somebody opens the bot. */
export const start: Command = async ({ message }, { reply }) => {
  reply(escapeHtml(`Hello ${message.user.name}. This chat is ${message.chat.id}, you are user ${message.user.id}.\n\n${HELP}`))
}
