import type { ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { API_ERRORS, bash, type ErrorStatus, type Scenario, type ToolCall } from './anthropic-scenario.ts'

/** What a reply depends on besides the scenario. */
export interface ReplyContext {
  readonly id: string
  readonly model: string
  readonly stream: boolean
  /** Tool results since the newest text of the user: how far the scenario has got. */
  readonly step: number
}

type Block = { type: 'text'; text: string } | ({ type: 'tool_use'; id: string } & ToolCall)

/** Answers one request of the Messages API as the scenario says; some scenarios never end the response. */
export async function reply(response: ServerResponse, scenario: Scenario, context: ReplyContext): Promise<void> {
  switch (scenario.name) {
    case 'error':
      return refuse(response, scenario.status, scenario.message, scenario.headers)
    case 'usage-limit':
      return refuse(response, 429, "This request would exceed your account's rate limit. Please try again later.", {
        'anthropic-ratelimit-unified-status': 'rejected',
        'anthropic-ratelimit-unified-reset': String(Math.floor(Date.now() / 1000) + scenario.resetSec),
        'anthropic-ratelimit-unified-representative-claim': 'five_hour',
        'anthropic-ratelimit-unified-overage-status': 'rejected',
        'retry-after': String(scenario.resetSec),
        'x-should-retry': 'true',
      })
    case 'hang':
      if (scenario.when === 'within') begin(response, context)
      return
    case 'disconnect':
      if (context.stream) begin(response, context)
      await sleep(20)
      response.destroy()
      return
    default:
      return context.stream ? streamed(response, scenario, context) : whole(response, scenario, context)
  }
}

type Answering = Extract<Scenario, { name: 'ok' | 'calls' | 'loop' | 'slow' }>

function blocksOf(scenario: Answering, { id, step }: ReplyContext): Block[] {
  const call = scenario.name === 'loop' ? bash(scenario.command ?? 'true') : scenario.name === 'calls' ? scenario.calls[step] : undefined
  if (call) return [{ type: 'tool_use', id: `toolu_${id}`, ...call }]
  if (scenario.name === 'slow') return Array.from({ length: scenario.chunks }, (_, n) => ({ type: 'text', text: `piece ${n} ` }))
  return [{ type: 'text', text: ('text' in scenario ? scenario.text : undefined) ?? 'Done.' }]
}

function messageOf(scenario: Answering, context: ReplyContext) {
  const content = blocksOf(scenario, context)
  const usage = { input_tokens: 25, cache_creation_input_tokens: 0, cache_read_input_tokens: 0, output_tokens: 15 }
  return {
    ...envelope(context),
    content,
    stop_reason: content.some((block) => block.type === 'tool_use') ? 'tool_use' : 'end_turn',
    usage: { ...usage, ...('usage' in scenario ? scenario.usage : {}) },
  }
}

function envelope({ id, model }: ReplyContext) {
  return {
    id: `msg_${id}`,
    type: 'message',
    role: 'assistant',
    model,
    content: [] as Block[],
    stop_reason: null as string | null,
    stop_sequence: null,
  }
}

function whole(response: ServerResponse, scenario: Answering, context: ReplyContext): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(messageOf(scenario, context)))
}

async function streamed(response: ServerResponse, scenario: Answering, context: ReplyContext): Promise<void> {
  const { content, stop_reason, usage } = messageOf(scenario, context)
  begin(response, context)
  for (const [index, block] of content.entries()) {
    const [empty, delta] =
      block.type === 'text'
        ? [
            { type: 'text', text: '' },
            { type: 'text_delta', text: block.text },
          ]
        : [
            { ...block, input: {} },
            { type: 'input_json_delta', partial_json: JSON.stringify(block.input) },
          ]
    send(response, { type: 'content_block_start', index, content_block: empty })
    send(response, { type: 'content_block_delta', index, delta })
    send(response, { type: 'content_block_stop', index })
    if (scenario.name === 'slow') await sleep(scenario.delayMs)
  }
  send(response, { type: 'message_delta', delta: { stop_reason, stop_sequence: null }, usage })
  send(response, { type: 'message_stop' })
  response.end()
}

/** Headers and the first event of a stream. */
function begin(response: ServerResponse, context: ReplyContext): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  send(response, { type: 'message_start', message: { ...envelope(context), usage: { input_tokens: 25, output_tokens: 1 } } })
}

function send(response: ServerResponse, event: { readonly type: string; readonly [key: string]: unknown }): void {
  response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
}

function refuse(response: ServerResponse, status: ErrorStatus, message?: string, headers: Readonly<Record<string, string>> = {}): void {
  const [type, usual] = API_ERRORS[status]
  response
    .writeHead(status, { 'content-type': 'application/json', ...headers })
    .end(JSON.stringify({ type: 'error', error: { type, message: message ?? usual } }))
}
