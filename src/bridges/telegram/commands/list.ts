import { listText } from '../format.ts'
import type { Command } from './command.ts'

/** `/list`: the tasks that run and wait, and those that ended last. */
export const list: Command = async (_request, { send, reply }) => {
  reply(listText((await send('list', { limit: 10 })).tasks))
}
