import { tellAsAgent } from '../attempt-client.ts'
import type { Command } from '../context.ts'

/** `respond TEXT`, for agents: a note on how the work goes, for whoever looks on. */
export const respond: Command = async (context, [text = '']) => {
  await tellAsAgent(context, 'respond', { text })
  return 0
}
