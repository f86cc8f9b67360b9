import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'

/** The token that the server knows. */
export const TOKEN = '123456789:AAtests-own-token-of-the-telegram-bot-xyz'
const BOT = { id: 123456789, is_bot: true, first_name: 'Orchestrator', username: 'orchestrator_bot' }

/** A request as it came in. */
export interface ApiCall {
  readonly method: string
  readonly body: Readonly<Record<string, unknown>>
  /** Milliseconds since the server was started. */
  readonly at: number
}

/** A message of the bot as the chat shows it now. */
export interface ShownMessage {
  readonly message_id: number
  readonly chat: number
  text: string
  /** Labels of the buttons, with what comes back when they are pressed. */
  buttons: readonly { readonly text: string; readonly callback_data: string }[]
  readonly reply_to: number | undefined
  /** Name and text of a file. */
  readonly document: { readonly name: string; readonly text: string } | undefined
  edits: number
}

/** What a request gets instead of its answer: an error, or a cut connection. */
export type Fault = { readonly code: number; readonly description: string; readonly retryAfter?: number; readonly html?: boolean } | 'cut'

/** A person who writes to the bot. */
export interface Person {
  readonly id: number
  readonly name: string
}

export const ANN: Person = { id: 7, name: 'Ann' }
export const BOB: Person = { id: 8, name: 'Bob' }

interface Extra {
  readonly chat?: number
  readonly replyTo?: number
  readonly document?: { readonly name: string; readonly bytes: Uint8Array; readonly mime?: string }
  readonly photo?: Uint8Array
  readonly caption?: string
  /** Further fields of the message, such as `forward_origin`. */
  readonly marks?: Readonly<Record<string, unknown>>
}

/** A Bot API server on 127.0.0.1 that keeps to the protocol and to its limits: https://core.telegram.org/bots/api. */
export interface TelegramServer extends AsyncDisposable {
  readonly url: string
  readonly calls: readonly ApiCall[]
  readonly messages: readonly ShownMessage[]
  /** Asked before each request is answered; what it gives is answered instead. */
  fault: ((call: ApiCall) => Fault | undefined) | undefined
  /** A message of a person to the bot; in private unless a chat is named. Gives its id. */
  say(person: Person, text: string, extra?: Extra): number
  /** Any update; its number is added. */
  push(update: Readonly<Record<string, unknown>>): void
  /** Presses the button with this label below a message. Gives the id of the query. */
  press(person: Person, message: ShownMessage, label: string): string
  /** What pressed buttons were answered with, by the ids of the queries. */
  readonly acknowledged: ReadonlyMap<string, string>
  /** How many updates nobody has confirmed. */
  readonly unconfirmed: number
  /** Stops to listen, as if the network were gone. */
  goDown(): Promise<void>
  comeBack(): Promise<void>
}

const MOST_TEXT = 4096
const MOST_CALLBACK_BYTES = 64

export async function startTelegramServer(): Promise<TelegramServer> {
  const started = Date.now()
  const calls: ApiCall[] = []
  const messages: ShownMessage[] = []
  const files = new Map<string, Uint8Array>()
  const acknowledged = new Map<string, string>()
  let updates: { readonly update_id: number; readonly [key: string]: unknown }[] = []
  let nextUpdate = 100
  let nextMessage = 1
  let wake: (() => void)[] = []
  let polling: ServerResponse | undefined
  let fault: TelegramServer['fault']
  let server: Server
  let port = 0

  function push(update: Readonly<Record<string, unknown>>): void {
    updates.push({ update_id: nextUpdate++, ...update })
    for (const look of wake.splice(0)) look()
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, kind, token, rest = ''] = /^\/(bot|file\/bot)([^/]+)\/(.*)$/.exec(request.url ?? '') ?? []
    const raw = await buffer(request)
    if (kind === 'file/bot') return sendFileBytes(response, token, rest)
    const call = { method: rest, body: readBody(request, raw), at: Date.now() - started }
    calls.push(call)
    const wrong = fault?.(call)
    if (wrong === 'cut') return void request.socket.destroy()
    if (wrong?.html) return void response.writeHead(wrong.code, { 'content-type': 'text/html' }).end(`<html>${wrong.description}</html>`)
    if (wrong) return fail(response, wrong.code, wrong.description, wrong.retryAfter)
    if (token !== TOKEN) return fail(response, 401, 'Unauthorized')
    const method = METHODS[rest]
    if (!method) return fail(response, 404, 'Not Found')
    await method(call.body, response)
  }

  function sendFileBytes(response: ServerResponse, token: string | undefined, path: string): void {
    const bytes = token === TOKEN ? files.get(path) : undefined
    if (bytes) response.writeHead(200).end(bytes)
    else response.writeHead(404).end()
  }

  const METHODS: Record<string, (body: Readonly<Record<string, unknown>>, response: ServerResponse) => unknown> = {
    getMe: (_body, response) => succeed(response, BOT),
    setMyCommands: (_body, response) => succeed(response, true),
    getUpdates: (body, response) => {
      if (polling && !polling.writableEnded && !polling.destroyed) fail(polling, 409, 'Conflict: terminated by other getUpdates request')
      const offset = Number(body.offset ?? 0)
      const end = Date.now() + Number(body.timeout ?? 0) * 1000
      updates = updates.filter(({ update_id }) => update_id >= offset)
      polling = response
      const look = () => {
        if (response.writableEnded || response.destroyed) return
        if (updates.length === 0 && Date.now() < end) {
          const timer = setTimeout(look, Math.min(500, end - Date.now()))
          wake.push(() => {
            clearTimeout(timer)
            look()
          })
        } else succeed(response, updates.slice(0, 100))
      }
      look()
    },
    sendMessage: (body, response) => {
      const refused = refusalOf(body)
      if (refused) return fail(response, 400, refused)
      const message = show(Number(body.chat_id), visible(String(body.text)), body)
      succeed(response, wire(message))
    },
    editMessageText: (body, response) => {
      const message = messages.find(({ message_id, chat }) => message_id === body.message_id && chat === body.chat_id)
      const refused = refusalOf(body)
      if (!message) return fail(response, 400, 'Bad Request: message to edit not found')
      if (refused) return fail(response, 400, refused)
      const [text, buttons] = [visible(String(body.text)), buttonsOf(body)]
      if (text === message.text && JSON.stringify(buttons) === JSON.stringify(message.buttons)) {
        return fail(
          response,
          400,
          'Bad Request: message is not modified: specified new message content and reply markup are exactly the same',
        )
      }
      Object.assign(message, { text, buttons, edits: message.edits + 1 })
      succeed(response, wire(message))
    },
    sendDocument: (body, response) => {
      const { document } = body
      if (!(document instanceof File)) return fail(response, 400, 'Bad Request: there is no document in the request')
      void document.text().then((text) => {
        const message = show(Number(body.chat_id), String(body.caption ?? ''), body, { name: document.name, text })
        succeed(response, wire(message))
      })
    },
    answerCallbackQuery: (body, response) => {
      acknowledged.set(String(body.callback_query_id), String(body.text ?? ''))
      succeed(response, true)
    },
    getFile: (body, response) => {
      const path = `files/${body.file_id}`
      if (files.has(path)) succeed(response, { file_id: body.file_id, file_unique_id: 'x', file_path: path })
      else fail(response, 400, 'Bad Request: invalid file_id')
    },
    getChat: (body, response) => {
      if (Number(body.chat_id) === 404) fail(response, 400, 'Bad Request: chat not found')
      else succeed(response, { id: Number(body.chat_id), type: 'private', first_name: 'Ann' })
    },
  }

  function show(chat: number, text: string, body: Readonly<Record<string, unknown>>, document?: ShownMessage['document']): ShownMessage {
    const reply = body.reply_parameters as { message_id?: number } | undefined
    const message: ShownMessage = {
      message_id: nextMessage++,
      chat,
      text,
      buttons: buttonsOf(body),
      reply_to: reply?.message_id,
      document,
      edits: 0,
    }
    messages.push(message)
    return message
  }

  async function listen(): Promise<void> {
    server = createServer((request, response) => void answer(request, response).catch(() => response.destroy()))
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
    port = (server.address() as AddressInfo).port
  }

  async function goDown(): Promise<void> {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
    wake = []
  }

  await listen()
  return {
    url: `http://127.0.0.1:${port}`,
    calls,
    messages,
    acknowledged,
    get fault() {
      return fault
    },
    set fault(value) {
      fault = value
    },
    get unconfirmed() {
      return updates.length
    },
    say(person, text, { chat = person.id, replyTo, document, photo, caption, marks } = {}) {
      const id = nextMessage++
      const keep = (bytes: Uint8Array) => {
        files.set(`files/f${id}`, bytes)
        return { file_id: `f${id}`, file_unique_id: `u${id}`, file_size: bytes.length }
      }
      push({
        message: {
          message_id: id,
          date: Math.floor(Date.now() / 1000),
          chat: { id: chat, type: chat < 0 ? 'supergroup' : 'private' },
          from: { id: person.id, is_bot: false, first_name: person.name },
          ...(document || photo ? { caption } : { text }),
          ...(replyTo !== undefined && { reply_to_message: { message_id: replyTo, date: 1, chat: { id: chat, type: 'private' } } }),
          ...(document && { document: { ...keep(document.bytes), file_name: document.name, mime_type: document.mime } }),
          ...(photo && {
            photo: [
              { file_id: 'small', file_unique_id: 's', width: 1, height: 1 },
              { ...keep(photo), width: 9, height: 9 },
            ],
          }),
          ...marks,
        },
      })
      return id
    },
    press(person, message, label) {
      const button = message.buttons.find(({ text }) => text === label)
      if (!button) throw new Error(`no button ${label} below "${message.text}"; there are: ${message.buttons.map(({ text }) => text)}`)
      const id = `query-${nextUpdate}`
      push({
        callback_query: {
          id,
          chat_instance: '1',
          from: { id: person.id, is_bot: false, first_name: person.name },
          data: button.callback_data,
          message: wire(message),
        },
      })
      return id
    },
    push,
    goDown,
    comeBack: listen,
    [Symbol.asyncDispose]: goDown,
  }
}

function wire({ message_id, chat, text }: ShownMessage): object {
  return { message_id, date: 1, chat: { id: chat, type: chat < 0 ? 'supergroup' : 'private' }, text }
}

function succeed(response: ServerResponse, result: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ ok: true, result }))
}

function fail(response: ServerResponse, code: number, description: string, retryAfter?: number): void {
  const parameters = retryAfter !== undefined && { parameters: { retry_after: retryAfter } }
  response.writeHead(code, { 'content-type': 'application/json' })
  response.end(JSON.stringify({ ok: false, error_code: code, description, ...parameters }))
}

/** JSON, a form, or a form with files: the library sends what suits. Values that are JSON in themselves are read. */
function readBody(request: IncomingMessage, raw: Buffer): Readonly<Record<string, unknown>> {
  const type = request.headers['content-type'] ?? ''
  if (type.includes('json')) return JSON.parse(raw.toString() || '{}')
  const fields = type.includes('multipart') ? readMultipart(type, raw) : [...new URLSearchParams(raw.toString())]
  return Object.fromEntries(fields.map(([key, value]) => [key, typeof value === 'string' ? readValue(key, value) : value]))
}

function readValue(key: string, value: string): unknown {
  if (key === 'text' || key === 'caption') return value
  try {
    return JSON.parse(value)
  } catch {
    return value
  }
}

function readMultipart(type: string, raw: Buffer): (readonly [string, string | File])[] {
  const boundary = /boundary=("?)([^";]+)\1/.exec(type)?.[2] ?? ''
  return raw
    .toString('latin1')
    .split(`--${boundary}`)
    .slice(1, -1)
    .map((part) => {
      const [head = '', ...body] = part.split('\r\n\r\n')
      const text = body.join('\r\n\r\n').replace(/\r\n$/, '')
      const [, name = ''] = /name="([^"]*)"/.exec(head) ?? []
      const [, file] = /filename="([^"]*)"/.exec(head) ?? []
      const bytes = Buffer.from(text, 'latin1')
      return [name, file === undefined ? bytes.toString() : new File([bytes], file)] as const
    })
}

function buttonsOf(body: Readonly<Record<string, unknown>>): ShownMessage['buttons'] {
  const markup = body.reply_markup as { inline_keyboard?: { text: string; callback_data: string }[][] } | undefined
  return (markup?.inline_keyboard ?? []).flat()
}

/** Why the real server would refuse a message. */
function refusalOf(body: Readonly<Record<string, unknown>>): string | undefined {
  const html = String(body.text ?? '')
  if (body.parse_mode !== 'HTML') return 'Bad Request: only HTML is expected in the tests'
  const broken = brokenMarkup(html)
  if (broken) return `Bad Request: can't parse entities: ${broken}`
  const text = visible(html)
  if (text.trim() === '') return 'Bad Request: message text is empty'
  if (text.length > MOST_TEXT) return 'Bad Request: message is too long'
  for (const { text: label, callback_data: data } of buttonsOf(body)) {
    if (label === '') return 'Bad Request: text buttons are not allowed to be empty'
    if (Buffer.byteLength(data) > MOST_CALLBACK_BYTES || data === '') return 'Bad Request: BUTTON_DATA_INVALID'
  }
  return undefined
}

/** Tags must be known, closed in order, and every other `<` or `&` escaped. */
function brokenMarkup(html: string): string | undefined {
  const open: string[] = []
  for (const [whole, slash, name] of html.matchAll(/<(\/?)([a-z]*)[^>]*>|<|&(?!(?:lt|gt|amp|quot);)/g)) {
    if (whole === '&') continue // the server takes a lone ampersand as it is
    if (name === undefined || !['b', 'i', 'code', 'pre'].includes(name)) return `unsupported start tag "${whole}"`
    if (!slash) open.push(name)
    else if (open.pop() !== name) return `unexpected end tag "${whole}"`
  }
  return open.length > 0 ? `can't find end tag of "${open.at(-1)}"` : undefined
}

/** The text that the reader sees. */
function visible(html: string): string {
  return html
    .replace(/<[^>]*>/g, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&')
}
