import { closeSync, constants, openSync } from 'node:fs'
import { basename, dirname } from 'node:path'

/** The path by which the system is given a Unix socket. Disposed once nobody listens there any more, or when a client is connected. */
export interface SocketPlace extends Disposable {
  readonly path: string
}

/**
 * Opens the directory of a socket. Systems take about 100 bytes for the path of a socket; on Linux it is reached through the open directory, so that
 * it may be of any length. Throws ENOENT where there is no such directory.
 */
export function openSocketPlace(socket: string): SocketPlace {
  if (process.platform !== 'linux') return { path: socket, [Symbol.dispose]: () => undefined }
  const directory = openSync(dirname(socket), constants.O_RDONLY | constants.O_DIRECTORY)
  return {
    path: `/proc/self/fd/${directory}/${basename(socket)}`,
    [Symbol.dispose]: () => closeSync(directory),
  }
}
