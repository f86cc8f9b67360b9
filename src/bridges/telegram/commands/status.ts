import { statusText } from '../format.ts'
import type { Command } from './command.ts'

/** `/status`: what runs, what waits and why. */
export const status: Command = async (_request, { send, reply }) => {
  reply(statusText(await send('status', {}), Date.now()))
}
