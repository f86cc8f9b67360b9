import { tellDaemon } from '../../control/client.ts'
import { requireHome } from '../../control/view/require-home.ts'
import { OrchestratorError } from '../../domain/errors.ts'
import type { Command } from '../context.ts'
import { oneLine } from '../render/text.ts'

/** `reload`: the daemon reads the configuration again and takes in all of it, also what an agent could have edited; prints what changed. */
export const reload: Command = async ({ home, out }) => {
  const paths = requireHome(home)
  const { changed } = await tellDaemon(paths, 'reload', {}).catch((error: unknown) => {
    if (!(error instanceof OrchestratorError) || error.code !== 'not_running') throw error
    throw new OrchestratorError('not_running', undefined, { hint: 'There is nothing to reload: the next start reads the configuration.' })
  })
  out.line(changed.length === 0 ? 'reloaded: nothing has changed' : `reloaded: ${oneLine(changed.join(', '))}`)
  return 0
}
