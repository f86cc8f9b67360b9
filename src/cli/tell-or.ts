import { tellDaemon } from '../control/client.ts'
import type { Verb, Verbs } from '../control/protocol.ts'
import { OrchestratorError } from '../domain/errors.ts'

/** What a running daemon answers; where none runs, what is done on the files instead. */
export async function tellOr<V extends Verb>(
  socket: string,
  verb: V,
  body: Verbs[V]['request'],
  onFiles: () => Promise<Verbs[V]['value']>,
): Promise<Verbs[V]['value']> {
  try {
    return await tellDaemon(socket, verb, body)
  } catch (error) {
    if (error instanceof OrchestratorError && error.code === 'not_running') return onFiles()
    throw error
  }
}
