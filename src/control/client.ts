import type { Socket } from 'node:net'
import { OrchestratorError } from '../domain/errors.ts'
import type { Answer, Verb, Verbs } from './protocol.ts'
import { findSocket, type SocketAddress } from './socket-place.ts'

/** A daemon that says nothing for so long hangs; a busy machine, or one that wakes up, may take ten seconds. */
const TIMEOUT_MS = 30_000

const END_OF_HEADERS = '\r\n\r\n'

/**
 * Tells a running daemon something. Throws `not_running` where none listens, `daemon_unreachable` where it does not answer, `not_trusted` where the
 * socket may be that of somebody else, and what the daemon refuses.
 */
export async function tellDaemon<V extends Verb>(
  address: SocketAddress,
  verb: V,
  body: Verbs[V]['request'],
  timeoutMs = TIMEOUT_MS,
): Promise<Verbs[V]['value']> {
  const answer = answerIn<Verbs[V]['value']>(await post(address, `/v1/${verb}`, JSON.stringify(body), timeoutMs))
  if (answer.ok) return answer.value
  throw new OrchestratorError(answer.error.code, answer.error.message, { hint: answer.error.hint })
}

/** All that comes back. The request is one of HTTP 1.0, which is answered in one piece up to the end of the connection, so that no parser has to be loaded. */
function post(address: SocketAddress, path: string, body: string, timeoutMs: number): Promise<string> {
  // Loaded only here, since it takes a tenth of the time of a short command.
  const { connect } = process.getBuiltinModule('node:net')
  return new Promise((resolve, reject) => {
    let response = ''
    const connection = connectTo(address, connect)
    connection.setEncoding('utf8')
    connection.setTimeout(timeoutMs, () => connection.destroy(new OrchestratorError('daemon_unreachable')))
    connection.on('data', (chunk: string) => {
      response += chunk
    })
    connection.on('end', () => resolve(response))
    connection.on('error', (error) => reject(understood(error)))
    connection.write(`POST ${path} HTTP/1.0\r\nContent-Length: ${Buffer.byteLength(body)}${END_OF_HEADERS}${body}`)
  })
}

/** A connection to a socket that is ours to trust. Throws `not_running` where there is none. */
function connectTo(address: SocketAddress, connect: (path: string) => Socket): Socket {
  try {
    using place = findSocket(address)
    return connect(place.path) // asks the system before it returns
  } catch (error) {
    throw understood(error)
  }
}

/** What stands behind the headers; a daemon that was killed in the middle of it has not answered. */
function answerIn<T>(response: string): Answer<T> {
  try {
    return JSON.parse(response.slice(response.indexOf(END_OF_HEADERS) + END_OF_HEADERS.length))
  } catch {
    throw new OrchestratorError('daemon_unreachable')
  }
}

/** Where there is no socket, or one that nobody listens on any more, no daemon runs; one that refuses entry is that of another user. */
function understood(error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'ENOENT' || code === 'ECONNREFUSED') return new OrchestratorError('not_running')
  if (code === 'EACCES') return new OrchestratorError('not_permitted', FOREIGN, { hint: 'Be the user who runs the daemon.', cause: error })
  return error
}

const FOREIGN = 'The daemon of this home is that of another user.'
