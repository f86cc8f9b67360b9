import { Api, InputFile, ParseError, TelegramApiError } from 'node-telegram-bot-api'
import { TelegramProblem } from './problem.ts'

/** Seconds that a poll may take; shorter than what proxies cut. */
const POLL_SEC = 30
const REQUEST_MS = 15_000
const DOWNLOAD_MS = 60_000

/** A button below a message: what it says, and what comes back when it is pressed (at most 64 bytes). */
export interface Button {
  readonly label: string
  readonly key: string
}

/** A message to be sent. */
export interface Outgoing {
  readonly chat: number
  /** At most 4096 characters without its tags. */
  readonly html: string
  readonly buttons?: readonly (readonly Button[])[]
  /** A message of that chat that it answers. */
  readonly replyTo?: number | undefined
}

/** The Bot API as far as it is used here. Everything rejects with a `TelegramProblem` that does not hold the token. */
export interface TelegramApi {
  me(signal?: AbortSignal): Promise<{ readonly id: number; readonly username: string }>
  /** The updates from this one on; waits for the first. */
  updates(offset: number | undefined, signal: AbortSignal, waitSec?: number): Promise<readonly unknown[]>
  /** Gives the id of the message. */
  send(message: Outgoing, signal?: AbortSignal): Promise<number>
  /** What already reads so is left as it is. */
  edit(message: Outgoing & { readonly id: number }, signal?: AbortSignal): Promise<void>
  sendFile(
    file: { readonly chat: number; readonly name: string; readonly text: string; readonly caption: string },
    signal?: AbortSignal,
  ): Promise<number>
  /** Ends the waiting of a pressed button, with a word or two. */
  acknowledge(query: string, text: string, signal?: AbortSignal): Promise<void>
  /** `refused` where the file is larger than so many bytes. */
  download(fileId: string, maxBytes: number, signal?: AbortSignal): Promise<Uint8Array>
  /** The name of a chat that the bot can see. */
  chatName(chat: number, signal?: AbortSignal): Promise<string>
  /** What the app offers when somebody types a slash. */
  offer(commands: readonly { readonly command: string; readonly description: string }[], signal?: AbortSignal): Promise<void>
}

/** Speaks with the Bot API. Nothing is tried again here: whoever asks knows how long it is worth waiting. */
export function createApi(token: string, root: string): TelegramApi {
  const api = new Api(token, { apiRoot: root, timeoutMs: REQUEST_MS, maxRetries: 0 })
  const asked = async <T>(request: () => Promise<T>, signal?: AbortSignal): Promise<T> => {
    try {
      return await request()
    } catch (error) {
      throw problemOf(error, token, signal)
    }
  }
  const body = ({ chat, html, buttons = [] }: Outgoing) => ({
    chat_id: chat,
    text: html,
    parse_mode: 'HTML' as const,
    link_preview_options: { is_disabled: true },
    reply_markup: { inline_keyboard: buttons.map((row) => row.map(({ label, key }) => ({ text: label, callback_data: key }))) },
  })
  return {
    me: (signal) =>
      asked(async () => {
        const { id, username = '' } = await api.getMe(signal)
        return { id, username }
      }, signal),
    updates: (offset, signal, waitSec = POLL_SEC) =>
      asked(
        () =>
          api.getUpdates(
            { timeout: waitSec, allowed_updates: ['message', 'callback_query'], ...(offset !== undefined && { offset }) },
            signal,
          ),
        signal,
      ),
    send: (message, signal) =>
      asked(async () => {
        const reply = message.replyTo !== undefined && {
          reply_parameters: { message_id: message.replyTo, allow_sending_without_reply: true },
        }
        return (await api.sendMessage({ ...body(message), ...reply }, signal)).message_id
      }, signal),
    edit: (message, signal) =>
      asked(async () => {
        await api.editMessageText({ ...body(message), message_id: message.id }, signal).catch((error: unknown) => {
          if (!(error instanceof TelegramApiError && error.description.includes('message is not modified'))) throw error
        })
      }, signal),
    sendFile: ({ chat, name, text, caption }, signal) =>
      asked(async () => {
        const document = new InputFile(Buffer.from(text), { filename: name, contentType: 'text/plain' })
        return (await api.sendDocument({ chat_id: chat, document, caption }, signal)).message_id
      }, signal),
    acknowledge: (query, text, signal) =>
      asked(async () => {
        await api.answerCallbackQuery({ callback_query_id: query, text: text.slice(0, 200) }, signal)
      }, signal),
    download: (fileId, maxBytes, signal) =>
      asked(async () => {
        const { file_path: path } = await api.getFile({ file_id: fileId }, signal)
        if (path === undefined) throw new TelegramProblem('refused', 'Telegram does not hand the file out.')
        return fetchFile(`${root.replace(/\/+$/, '')}/file/bot${token}/${path}`, maxBytes, signal)
      }, signal),
    chatName: (chat, signal) =>
      asked(async () => {
        const { title, first_name: name, username } = await api.getChat({ chat_id: chat }, signal)
        return title ?? name ?? username ?? String(chat)
      }, signal),
    offer: (commands, signal) =>
      asked(async () => {
        await api.setMyCommands({ commands: [...commands] }, signal)
      }, signal),
  }
}

async function fetchFile(url: string, maxBytes: number, signal: AbortSignal | undefined): Promise<Uint8Array> {
  const limit = AbortSignal.timeout(DOWNLOAD_MS)
  const response = await fetch(url, { signal: signal ? AbortSignal.any([signal, limit]) : limit })
  if (!response.ok || !response.body)
    throw new TelegramProblem(response.status < 500 ? 'refused' : 'network', `The file cannot be fetched: status ${response.status}.`)
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body) {
    size += chunk.byteLength
    if (size > maxBytes) throw new TelegramProblem('refused', `The file has more than ${maxBytes} bytes.`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function problemOf(error: unknown, token: string, signal: AbortSignal | undefined): TelegramProblem {
  if (error instanceof TelegramProblem) return error
  if (signal?.aborted) return new TelegramProblem('stopped', 'The request was given up.')
  const words = wordsOf(error).replaceAll(token, '[redacted]')
  if (error instanceof ParseError) return new TelegramProblem('network', `something that is no Bot API answered: ${words}`)
  if (!(error instanceof TelegramApiError)) return new TelegramProblem('network', words)
  const { errorCode, retryAfter = 1 } = error
  if (errorCode === 429) return new TelegramProblem('limited', words, retryAfter * 1_000)
  if (errorCode >= 500) return new TelegramProblem('network', words)
  if (errorCode === 401 || errorCode === 404) return new TelegramProblem('unauthorized', `Telegram does not know the token: ${words}`)
  if (errorCode === 409) return new TelegramProblem('conflict', `another program reads the messages of this bot: ${words}`)
  return new TelegramProblem('refused', words)
}

/** The message with the codes of its causes, whose own messages may hold the address with the token. */
function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const codes: string[] = []
  for (let cause = error.cause; cause instanceof Error; cause = cause.cause) if ('code' in cause) codes.push(String(cause.code))
  return [error.message, ...codes].join(': ')
}
