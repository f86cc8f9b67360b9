import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'

/** A question as the server got it; the names are Ollama's. */
export interface ChatRequest {
  readonly model: string
  readonly stream?: boolean
  readonly format?: object
  readonly messages: readonly { readonly role: string; readonly content: string }[]
}

/** How a question is answered. */
export type Play =
  /** A good answer: `says` as JSON, or as it is where it is a string. */
  | { readonly kind: 'right'; readonly says: unknown }
  /** The same, `ms` later; `begun` sends the headers and the first piece at once. */
  | { readonly kind: 'late'; readonly ms: number; readonly says: unknown; readonly begun?: boolean }
  /** A stream that is not JSON lines. */
  | { readonly kind: 'malformed' }
  /** An HTTP error with Ollama's error body, or with any other. */
  | { readonly kind: 'status'; readonly status: number; readonly body: string; readonly type?: string }
  /** Status 200 and an error as the only line. */
  | { readonly kind: 'error'; readonly message: string }
  /** The connection ends in the middle of the answer. */
  | { readonly kind: 'cut' }

/** Ollama's API on 127.0.0.1 without a model behind it: /api/chat, /api/tags and /api/version. */
export interface OllamaServer extends AsyncDisposable {
  readonly url: string
  /** The questions so far, in order. */
  readonly requests: readonly ChatRequest[]
  /** How questions are answered from now on. */
  play: Play | ((request: ChatRequest) => Play)
}

/** Starts the API with the models that it says it has. */
export async function startOllamaServer(
  play: OllamaServer['play'] = { kind: 'right', says: {} },
  models: readonly string[] = ['llama3.1:8b'],
): Promise<OllamaServer> {
  const requests: ChatRequest[] = []

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    switch (`${request.method} ${request.url}`) {
      case 'GET /api/version':
        return sendJson(response, 200, { version: '0.12.6' })
      case 'GET /api/tags':
        return sendJson(response, 200, { models: models.map(asTag) })
      case 'POST /api/chat': {
        const asked = (await json(request)) as ChatRequest
        requests.push(asked)
        const next = typeof server.play === 'function' ? server.play(asked) : server.play
        return models.includes(asked.model) ? act(response, asked, next) : sendJson(response, 404, notFound(asked.model))
      }
      default:
        return sendJson(response, 404, { error: 'page not found' })
    }
  }

  const http = createServer((request, response) => {
    answer(request, response).catch((error: Error) => response.destroy(error))
  })
  await new Promise<void>((listening) => http.listen(0, '127.0.0.1', listening))
  const server: OllamaServer = {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    requests,
    play,
    [Symbol.asyncDispose]: () =>
      new Promise((closed) => {
        http.close(() => closed())
        http.closeAllConnections()
      }),
  }
  return server
}

function act(response: ServerResponse, asked: ChatRequest, play: Play): void {
  switch (play.kind) {
    case 'right':
      sendAnswer(response, asked, play.says)
      return
    case 'late': {
      if (play.begun) response.writeHead(200, NDJSON).write(partOf(asked.model, '{', false))
      const timer = setTimeout(() => sendAnswer(response, asked, play.says), play.ms)
      response.on('close', () => clearTimeout(timer))
      return
    }
    case 'malformed':
      response.writeHead(200, NDJSON).end('<html>sign in to the hotel network</html>\n')
      return
    case 'status':
      response.writeHead(play.status, { 'content-type': play.type ?? 'application/json' }).end(play.body)
      return
    case 'error':
      response.writeHead(200, NDJSON).end(`${JSON.stringify({ error: play.message })}\n`)
      return
    case 'cut':
      response.writeHead(200, NDJSON).write(partOf(asked.model, '{"summary": "The', false), () => response.destroy())
      return
  }
}

const NDJSON = { 'content-type': 'application/x-ndjson' }

/** In pieces of a few characters, as a model makes them, or in one where no stream was asked for. */
function sendAnswer(response: ServerResponse, { model, stream }: ChatRequest, says: unknown): void {
  const text = typeof says === 'string' ? says : JSON.stringify(says)
  if (stream === false) {
    sendJson(response, 200, JSON.parse(partOf(model, text, true)))
    return
  }
  if (!response.headersSent) response.writeHead(200, NDJSON)
  for (const piece of text.match(/.{1,5}/gsu) ?? []) response.write(partOf(model, piece, false))
  response.end(partOf(model, '', true))
}

function partOf(model: string, content: string, done: boolean): string {
  const part = { model, created_at: new Date().toISOString(), message: { role: 'assistant', content }, done }
  const counts = { done_reason: 'stop', total_duration: 1_000_000, load_duration: 1, prompt_eval_count: 1, eval_count: 1 }
  return `${JSON.stringify(done ? { ...part, ...counts } : part)}\n`
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(body))
}

function asTag(name: string): object {
  return {
    name,
    model: name,
    modified_at: '2026-11-20T09:00:00Z',
    size: 4_920_753_328,
    digest: '46e0c10c039e',
    details: { family: 'llama' },
  }
}

function notFound(model: string): object {
  return { error: `model '${model}' not found` }
}
