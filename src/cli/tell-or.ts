import { tellDaemon } from '../control/client.ts'
import type { OwnerVerbs } from '../control/protocol.ts'
import type { SocketAddress } from '../control/socket-place.ts'
import { OrchestratorError } from '../domain/errors.ts'

/** What a running daemon answers; where none runs, what is done on the files instead. */
export async function tellOr<V extends keyof OwnerVerbs>(
  address: SocketAddress,
  verb: V,
  body: OwnerVerbs[V]['request'],
  onFiles: () => Promise<OwnerVerbs[V]['value']>,
): Promise<OwnerVerbs[V]['value']> {
  try {
    return await tellDaemon(address, verb, body)
  } catch (error) {
    if (error instanceof OrchestratorError && error.code === 'not_running') return onFiles()
    throw error
  }
}
