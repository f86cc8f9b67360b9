import { existsSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { z } from 'zod'
import { ERRORS, OrchestratorError } from '../domain/errors.ts'
import type { Answer, Commands, Verb } from './protocol.ts'

/** A task with its attachments; more than this is a mistake. */
const MAX_BODY_BYTES = 32 * 1024 * 1024

const asked = { by: z.string().max(200).optional() }
const fromRun = { runId: z.string().min(1), token: z.string() }

/** The form of each request; what comes over the socket is checked before the daemon sees it. */
const requests = {
  create: z.strictObject({
    ...asked,
    prompt: z.string().trim().min(1),
    cwd: z.string().min(1).optional(),
    resume: z.string().min(1).optional(),
    origin: z.string().min(1).optional(),
    files: z.array(z.strictObject({ name: z.string(), base64: z.base64() })).optional(),
  }),
  submit: z.strictObject({ ...asked, markdown: z.string(), name: z.string().min(1), origin: z.string().min(1) }),
  status: z.strictObject(asked),
  list: z.strictObject({ ...asked, limit: z.int().min(1).max(100).optional() }),
  show: z.strictObject({ ...asked, id: z.string().min(1) }),
  progress: z.strictObject({ ...asked, id: z.string().min(1), lines: z.int().min(1).max(100).optional() }),
  why: z.strictObject({ ...asked, id: z.string().min(1) }),
  cancel: z.strictObject({ ...asked, id: z.string().min(1) }),
  retry: z.strictObject({ ...asked, id: z.string().min(1).optional(), allFailed: z.boolean().optional() }),
  pause: z.strictObject(asked),
  resume: z.strictObject(asked),
  ask: z.strictObject({
    ...fromRun,
    text: z.string(),
    options: z.array(z.string()),
    default: z.string().nullable(),
    deadlineMs: z.number().nullable(),
  }),
  respond: z.strictObject({ ...fromRun, text: z.string() }),
  answer: z.strictObject({ ...asked, taskId: z.string().min(1), questionId: z.string().min(1).optional(), text: z.string() }),
} as const satisfies Record<Verb, z.ZodType>

/** The open ear of a daemon. */
export interface Control extends AsyncDisposable {
  /** Listens anew where the socket was deleted; true if it was. */
  reopen(): Promise<boolean>
}

/** Serves the commands of a daemon on its socket, for its own user alone. Whoever holds the lock of the home may take the path. */
export async function serveControl(socket: string, commands: Commands): Promise<Control> {
  const isFile = process.platform !== 'win32'
  let closed = false
  if (isFile) rmSync(socket, { force: true })
  const server = createServer(async (request, response) => {
    const gone = new AbortController()
    response.on('close', () => gone.abort())
    const answer = await answerTo(request, commands, gone.signal)
    response.writeHead(answer.ok ? 200 : 400, { 'content-type': 'application/json', connection: 'close' })
    response.end(JSON.stringify(answer))
  })
  await listen(server, socket)
  return {
    async reopen() {
      if (!isFile || closed || existsSync(socket)) return false
      server.close()
      await listen(server, socket)
      return true
    },
    async [Symbol.asyncDispose]() {
      closed = true
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve)) // removes the socket, too
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

async function answerTo(request: IncomingMessage, commands: Commands, gone: AbortSignal): Promise<Answer<unknown>> {
  try {
    const verb = verbOf(request)
    if (!verb) return refusal('usage', `Unknown request ${request.method} ${request.url}.`)
    const body = requests[verb].safeParse(await readBody(request))
    if (!body.success) return refusal('usage', z.prettifyError(body.error))
    return { ok: true, value: await perform(commands, verb, body.data, gone) }
  } catch (error) {
    if (error instanceof OrchestratorError) return { ok: false, error: { code: error.code, message: error.message, hint: error.hint } }
    return refusal('cannot_write', error instanceof Error ? error.message : String(error))
  }
}

/** The request was checked against the schema of its verb, which the compiler cannot relate to the verb. */
function perform(commands: Commands, verb: Verb, body: unknown, gone: AbortSignal): Promise<unknown> {
  return (commands[verb] as (request: unknown, gone: AbortSignal) => Promise<unknown>)(body, gone)
}

function verbOf(request: IncomingMessage): Verb | undefined {
  const name = request.method === 'POST' ? /^\/v1\/(\w+)$/.exec(request.url ?? '')?.[1] : undefined
  return name !== undefined && Object.hasOwn(requests, name) ? (name as Verb) : undefined
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  let text = ''
  for await (const chunk of request.setEncoding('utf8')) {
    text += chunk
    if (text.length > MAX_BODY_BYTES) throw new OrchestratorError('usage', 'The request is too large.')
  }
  try {
    return text === '' ? {} : JSON.parse(text)
  } catch {
    throw new OrchestratorError('usage', 'The request is not JSON.')
  }
}

function refusal(code: 'usage' | 'cannot_write', message: string): Answer<never> {
  return { ok: false, error: { code, message, hint: ERRORS[code].hint } }
}
