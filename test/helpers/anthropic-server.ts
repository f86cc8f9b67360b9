import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { reply } from './anthropic-reply.ts'
import { type Scenario, scenarioIn } from './anthropic-scenario.ts'

/** One request of a conversation, as the model would have seen it. */
export interface ModelRequest {
  /** The newest text that came from the user, reminders of the CLI left out. */
  readonly prompt: string
  /** What the user said before that in the same conversation. */
  readonly earlier: readonly string[]
  /** Tool results since that text. */
  readonly step: number
  readonly model: string
  readonly apiKey: string | undefined
  readonly tools: readonly string[]
  /** All that the model would have seen, what the CLI added included, as JSON. */
  readonly body: string
}

type Play = Scenario | ((request: ModelRequest) => Scenario | Promise<Scenario>)

/** The Messages API on 127.0.0.1, without a model behind it. */
export interface AnthropicServer extends AsyncDisposable {
  readonly url: string
  /** Requests of conversations, in order; what the CLI asks for by itself (titles, token counts) is left out. */
  readonly requests: readonly ModelRequest[]
}

interface MessagesBody {
  readonly model: string
  readonly stream?: boolean
  readonly tools?: readonly { readonly name: string }[]
  readonly messages: readonly Message[]
}

interface Message {
  readonly role: string
  readonly content: string | readonly { readonly type: string; readonly text?: string }[]
}

/** Starts the API. A prompt that names a scenario (`FAKE:…`) gets that one, every other one gets `play`. */
export async function startAnthropicServer(play: Play = { name: 'ok' }): Promise<AnthropicServer> {
  const requests: ModelRequest[] = []
  const spent = new Map<string, number>()

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname
    if (request.method !== 'POST' || path !== '/v1/messages') {
      response.writeHead(path.endsWith('/count_tokens') ? 200 : 404, { 'content-type': 'application/json' }).end('{"input_tokens":10}')
      return
    }
    const body = (await json(request)) as MessagesBody
    const context = { id: String(Date.now()) + requests.length, model: body.model, stream: body.stream ?? false }
    if (!body.tools?.length) return reply(response, { name: 'ok', text: '{"title":"scripted"}' }, { ...context, step: 0 })

    const asked = readRequest(body, request.headers['x-api-key'])
    requests.push(asked)
    const scenario = scenarioIn(asked.prompt) ?? (typeof play === 'function' ? await play(asked) : play)
    return reply(response, isOver(scenario, spent) ? { name: 'ok' } : scenario, { ...context, step: asked.step })
  }

  const server = createServer((request, response) => {
    answer(request, response).catch((error: Error) => response.destroy(error))
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    [Symbol.asyncDispose]: () =>
      new Promise((closed) => {
        server.close(() => closed())
        server.closeAllConnections()
      }),
  }
}

/** Whether a scenario that goes wrong only so often has done so, counted over all sessions. */
function isOver(scenario: Scenario, spent: Map<string, number>): boolean {
  if (!('first' in scenario) || scenario.first === undefined) return false
  const key = JSON.stringify(scenario)
  const times = (spent.get(key) ?? 0) + 1
  spent.set(key, times)
  return times > scenario.first
}

function readRequest(body: MessagesBody, apiKey: string | string[] | undefined): ModelRequest {
  const fromUser = body.messages.filter((message) => message.role === 'user')
  const spoken = fromUser.findLastIndex((message) => textOf(message) !== '')
  return {
    prompt: textOf(fromUser[spoken]),
    earlier: fromUser.slice(0, Math.max(spoken, 0)).map(textOf).filter(Boolean),
    step: fromUser.slice(spoken + 1).filter(isToolResult).length,
    model: body.model,
    apiKey: apiKey?.toString(),
    tools: body.tools?.map((tool) => tool.name) ?? [],
    body: JSON.stringify(body),
  }
}

function isToolResult(message: Message): boolean {
  return typeof message.content !== 'string' && message.content.some((block) => block.type === 'tool_result')
}

function textOf(message: Message | undefined): string {
  if (!message || isToolResult(message)) return ''
  const texts = typeof message.content === 'string' ? [message.content] : message.content.map((block) => block.text ?? '')
  return texts
    .filter((text) => !text.trimStart().startsWith('<system-reminder>'))
    .join('\n')
    .trim()
}
