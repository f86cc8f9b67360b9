import { request } from 'node:http'
import { OrchestratorError } from '../domain/errors.ts'
import type { Answer, Verb, Verbs } from './protocol.ts'

/** A daemon that says nothing for so long hangs. */
const TIMEOUT_MS = 10_000

/** Tells a running daemon something. Throws `not_running` where none listens, `daemon_unreachable` where it does not answer, and what it refuses. */
export async function tellDaemon<V extends Verb>(
  socket: string,
  verb: V,
  body: Verbs[V]['request'],
  timeoutMs = TIMEOUT_MS,
): Promise<Verbs[V]['value']> {
  const answer = JSON.parse(await post(socket, `/v1/${verb}`, JSON.stringify(body), timeoutMs)) as Answer<Verbs[V]['value']>
  if (answer.ok) return answer.value
  throw new OrchestratorError(answer.error.code, answer.error.message, { hint: answer.error.hint })
}

function post(socketPath: string, path: string, body: string, timeout: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const call = request({ socketPath, path, method: 'POST', timeout, agent: false }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        text += chunk
      })
      response.on('end', () => resolve(text))
      response.on('error', reject)
    })
    call.on('timeout', () => call.destroy(new OrchestratorError('daemon_unreachable')))
    call.on('error', (error) => reject(isAbsent(error) ? new OrchestratorError('not_running') : error))
    call.end(body)
  })
}

/** No socket, or one that nobody listens on any more. */
function isAbsent(error: Error): boolean {
  return 'code' in error && (error.code === 'ENOENT' || error.code === 'ECONNREFUSED')
}
