import { existsSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { Socket } from 'node:net'
import { z } from 'zod'
import { ERRORS, type ErrorCode, OrchestratorError } from '../domain/errors.ts'
import { wordsOf } from '../lib/words-of.ts'
import type { Answer, Commands, RunCommands } from './protocol.ts'
import { OWNER_REQUESTS, RUN_REQUESTS } from './request-forms.ts'
import { prepareSocket, type SocketAddress, type SocketPlace } from './socket-place.ts'

/** What one socket takes: its verbs, and how much of them. */
interface Service {
  /** The form of the request of each verb; no other verb is known here. */
  readonly requests: Readonly<Record<string, z.ZodType>>
  readonly commands: Readonly<Record<string, (request: never, gone: AbortSignal) => Promise<unknown>>>
  /** What is said of a verb that belongs to another socket. */
  readonly refused: string
  /** A longer request is a mistake, or worse. */
  readonly maxBodyBytes: number
  /** Further ones are closed at once. */
  readonly maxConnections: number
  /** Whether one more request is taken at this moment. */
  mayAsk(): boolean
}

/** A request that has not arrived whole after so many milliseconds is given up. */
const REQUEST_MS = 60_000

/** What was asked when a socket closes, such as to cancel the last task, is still answered if it does not take longer; milliseconds. */
const LAST_ANSWERS_MS = 500

/** What the agent of a run may ask at once, and from then on every second. */
const RUN_BURST = 60
const RUN_PER_SECOND = 1

/** An open control socket of a daemon. */
export interface Control extends AsyncDisposable {
  /** Listens anew where the socket was deleted; true if it was. */
  reopen(): Promise<boolean>
}

/** Serves the commands of a daemon on its socket, for its own user alone. Whoever holds the lock of the home may take the path. */
export function serveControl(address: SocketAddress, commands: Commands): Promise<Control> {
  const refused = 'the socket of the daemon takes what the owner of its home says'
  // A task with its attachments is the longest request.
  const limits = { maxBodyBytes: 32 * 1024 * 1024, maxConnections: 1_000, mayAsk: () => true }
  return serve(address, { requests: OWNER_REQUESTS, commands, refused, ...limits }, REQUEST_MS)
}

/** Serves what the agent of a run may say on the socket of that run. Nothing that comes over it can hold up or fill the daemon. */
export function serveRun(address: SocketAddress, commands: RunCommands, requestMs = REQUEST_MS): Promise<Control> {
  const refused = 'the socket of a run takes `ask` and `respond`'
  const limits = { maxBodyBytes: 256 * 1024, maxConnections: 32, mayAsk: rateLimit(RUN_BURST, RUN_PER_SECOND) }
  return serve(address, { requests: RUN_REQUESTS, commands, refused, ...limits }, requestMs)
}

async function serve(address: SocketAddress, service: Service, requestMs: number): Promise<Control> {
  const { socket } = address
  const isFile = process.platform !== 'win32'
  const served = new WeakSet<Socket>()
  let place: SocketPlace | undefined
  let closed = false
  const times = { headersTimeout: requestMs, requestTimeout: requestMs, connectionsCheckingInterval: requestMs / 2 }
  const server = createServer(times, async (request, response) => {
    // One request a connection: whoever sends more without waiting for its answer has them done side by side.
    if (served.has(request.socket)) return void request.socket.destroy()
    served.add(request.socket)
    const gone = new AbortController()
    response.on('close', () => gone.abort())
    const { status, body } = inWords(await answerTo(request, service, gone.signal))
    response.writeHead(status, { 'content-type': 'application/json', connection: 'close' })
    response.end(body)
  })
  server.maxConnections = service.maxConnections
  server.on('error', () => undefined) // a connection that could not be taken: whoever wanted it is told by the system

  async function open(): Promise<void> {
    leave()
    place = prepareSocket(address)
    if (isFile) rmSync(place.path, { recursive: true, force: true })
    await listen(server, place.path)
  }

  function leave(): void {
    place?.[Symbol.dispose]()
    place = undefined
  }

  await open().catch((error: unknown) => {
    leave()
    throw error
  })
  return {
    async reopen() {
      if (!isFile || closed || existsSync(socket)) return false
      server.close()
      await open()
      return true
    },
    async [Symbol.asyncDispose]() {
      closed = true
      const ended = new Promise((resolve) => server.close(resolve)) // removes the socket, too
      const patience = setTimeout(() => server.closeAllConnections(), LAST_ANSWERS_MS)
      server.closeIdleConnections()
      await ended
      clearTimeout(patience)
      leave()
    },
  }
}

function listen(server: Server, socket: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    const mask = process.umask(0o177)
    server.listen(socket, () => {
      server.off('error', reject)
      resolve()
    })
    process.umask(mask)
  })
}

/** An answer as it is sent; one that cannot be written, such as one that is too long for a text, is a refusal. */
function inWords(answer: Answer<unknown>): { readonly status: number; readonly body: string } {
  try {
    return { status: answer.ok ? 200 : 400, body: JSON.stringify(answer) }
  } catch (error) {
    return { status: 400, body: JSON.stringify(refusal('cannot_write', `The answer cannot be written: ${wordsOf(error)}`)) }
  }
}

async function answerTo(request: IncomingMessage, service: Service, gone: AbortSignal): Promise<Answer<unknown>> {
  try {
    const verb = verbOf(request)
    const form = verb !== undefined && Object.hasOwn(service.requests, verb) ? service.requests[verb] : undefined
    if (!verb || !form) return unknownRequest(request, verb, service)
    if (!service.mayAsk()) return refusal('too_many_requests', 'The agent of this run has asked too much within a minute.')
    const body = form.safeParse(await readBody(request, service.maxBodyBytes))
    if (!body.success) return refusal('usage', z.prettifyError(body.error))
    return { ok: true, value: await perform(service, verb, body.data, gone) }
  } catch (error) {
    if (error instanceof OrchestratorError) return { ok: false, error: { code: error.code, message: error.message, hint: error.hint } }
    return refusal('cannot_write', wordsOf(error))
  }
}

/** The request was checked against the form of its verb, which the compiler cannot relate to the verb. */
async function perform({ commands }: Service, verb: string, body: unknown, gone: AbortSignal): Promise<unknown> {
  return await commands[verb]?.(body as never, gone)
}

function verbOf(request: IncomingMessage): string | undefined {
  return request.method === 'POST' ? /^\/v1\/(\w+)$/.exec(request.url ?? '')?.[1] : undefined
}

function unknownRequest({ method, url }: IncomingMessage, verb: string | undefined, { refused }: Service): Answer<never> {
  const isElsewhere = verb !== undefined && (Object.hasOwn(OWNER_REQUESTS, verb) || Object.hasOwn(RUN_REQUESTS, verb))
  if (isElsewhere) return refusal('not_permitted', `\`${verb}\` is not for whoever asks here: ${refused}.`)
  return refusal('usage', `Unknown request ${method} ${url?.slice(0, 200)}.`)
}

async function readBody(request: IncomingMessage, maxBytes: number): Promise<unknown> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > maxBytes) throw new OrchestratorError('usage', 'The request is too large.')
    chunks.push(chunk)
  }
  try {
    return bytes === 0 ? {} : JSON.parse(Buffer.concat(chunks).toString())
  } catch {
    throw new OrchestratorError('usage', 'The request is not JSON.')
  }
}

/** Lets so many through at once, and from then on so many a second. */
function rateLimit(burst: number, perSecond: number): () => boolean {
  let left = burst
  let before = performance.now()
  return () => {
    const now = performance.now()
    left = Math.min(burst, left + ((now - before) / 1000) * perSecond)
    before = now
    if (left < 1) return false
    left--
    return true
  }
}

function refusal(code: ErrorCode, message: string): Answer<never> {
  return { ok: false, error: { code, message, hint: ERRORS[code].hint } }
}
