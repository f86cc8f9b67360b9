import { z } from 'zod'
import type { Sender } from './access.ts'

const user = z.object({ id: z.number(), first_name: z.string().default(''), username: z.string().optional() })
const chat = z.object({ id: z.number(), type: z.string() })
const fileSchema = z.object({
  file_id: z.string(),
  file_size: z.number().optional(),
  file_name: z.string().optional(),
  mime_type: z.string().optional(),
})
/** Whatever form a mark has that is not used here: it is there. */
const mark = z.unknown().optional()
const messageSchema = z.object({
  message_id: z.number(),
  date: z.number().default(0),
  from: user.optional(),
  chat,
  text: z.string().optional(),
  caption: z.string().optional(),
  document: fileSchema.optional(),
  photo: z.array(fileSchema).optional(),
  reply_to_message: z.object({ message_id: z.number() }).optional(),
  /** Set where a message is in the name of a group or a channel, so that nobody knows who wrote it. */
  sender_chat: z
    .object({ id: z.number(), title: z.string().default('') })
    .catch({ id: 0, title: '' })
    .optional(),
  via_bot: mark,
  forward_origin: z
    .object({ type: z.string(), sender_user: user.optional().catch(undefined) })
    .catch({ type: 'unknown' })
    .optional(),
  /** Of servers before Bot API 7.0. */
  forward_from: z.object({ id: z.number() }).optional().catch(undefined),
  forward_from_chat: mark,
  forward_sender_name: mark,
  forward_date: mark,
  is_automatic_forward: mark,
})

/** The part of an Update of the Bot API that is used here: https://core.telegram.org/bots/api#update. */
const updateSchema = z.object({
  update_id: z.number(),
  message: messageSchema.optional(),
  callback_query: z.object({ id: z.string(), from: user, data: z.string().optional(), message: messageSchema.optional() }).optional(),
})

/** A file that hangs on a message. */
export interface SentFile {
  readonly id: string
  readonly name: string
  readonly bytes: number
  readonly kind: 'task' | 'text' | 'image' | 'other'
}

/** A message of a person. */
export interface IncomingMessage extends Sender {
  readonly kind: 'message'
  readonly id: number
  /** When it was sent, in milliseconds since the epoch. */
  readonly sent: number
  /** The text, or the caption of a file. */
  readonly text: string
  readonly file: SentFile | undefined
  /** The message that it answers. */
  readonly replyTo: number | undefined
  /** Whose words it passes on, where it was forwarded or made by another bot; `user` is undefined for whoever hides or is no person. */
  readonly forwarded: { readonly user: number | undefined } | undefined
}

/** A button that a person pressed. */
export interface Press extends Sender {
  readonly kind: 'press'
  readonly query: string
  readonly key: string
  /** The message below which the button is. */
  readonly message: number
}

/** An update as far as it means something here; `nothing` for all else. */
export type Incoming = IncomingMessage | Press | { readonly kind: 'nothing' }

/** The number of an update; undefined for what is none. */
export function updateId(update: unknown): number | undefined {
  return z.object({ update_id: z.number() }).safeParse(update).data?.update_id
}

/** What an update says. */
export function readUpdate(update: unknown): Incoming {
  const { message, callback_query: query } = updateSchema.safeParse(update).data ?? {}
  const user = message?.sender_chat
    ? { id: message.sender_chat.id, name: message.sender_chat.title }
    : message?.from && sender(message.from)
  if (message && user) {
    return {
      kind: 'message',
      chat: message.chat,
      user,
      id: message.message_id,
      sent: message.date * 1_000,
      text: (message.text ?? message.caption ?? '').trim(),
      file: fileOf(message),
      replyTo: message.reply_to_message?.message_id,
      forwarded: forwardedIn(message),
    }
  }
  if (query?.message && query.data !== undefined) {
    const { id, from, data, message: below } = query
    return { kind: 'press', chat: below.chat, user: sender(from), query: id, key: data, message: below.message_id }
  }
  return { kind: 'nothing' }
}

function forwardedIn(message: z.infer<typeof messageSchema>): IncomingMessage['forwarded'] {
  const { forward_origin: origin, forward_from: from, via_bot: bot } = message
  const others = [message.forward_from_chat, message.forward_sender_name, message.forward_date, message.is_automatic_forward]
  if (bot !== undefined) return { user: undefined }
  if (origin) return { user: origin.type === 'user' ? origin.sender_user?.id : undefined }
  return from !== undefined || others.some((one) => one !== undefined) ? { user: from?.id } : undefined
}

function sender({ id, first_name, username }: z.infer<typeof user>): Sender['user'] {
  return { id, name: username === undefined ? first_name || String(id) : `@${username}` }
}

function fileOf({ document, photo }: z.infer<typeof messageSchema>): SentFile | undefined {
  const largest = photo?.at(-1)
  if (largest) return { id: largest.file_id, name: 'photo.jpg', bytes: largest.file_size ?? 0, kind: 'image' }
  if (!document) return undefined
  const { file_id: id, file_name: name = 'file', file_size: bytes = 0, mime_type: mime = '' } = document
  return { id, name, bytes, kind: kindOf(name, mime) }
}

const TEXT_NAMES =
  /\.(txt|md|log|json|ndjson|ya?ml|toml|csv|tsv|xml|html?|css|sql|ini|conf|patch|diff|sh|py|rb|go|rs|java|kt|c|h|cpp|cs|php|swift|[cm]?[jt]sx?)$/i

function kindOf(name: string, mime: string): SentFile['kind'] {
  if (/\.task\.md$/i.test(name)) return 'task'
  if (/^image\/(png|jpeg|gif|webp)$/.test(mime)) return 'image'
  return mime.startsWith('text/') || TEXT_NAMES.test(name) ? 'text' : 'other'
}

/** A command as it is typed: `/cancel@some_bot fix-login`. */
export interface Typed {
  readonly name: string
  /** The bot that is meant; undefined for any. */
  readonly bot: string | undefined
  readonly rest: string
}

/** The command that a text begins with; undefined for plain text. */
export function readCommand(text: string): Typed | undefined {
  const [, name, bot, rest = ''] = /^\/([A-Za-z]\w*)(?:@(\w+))?(?:\s+([\s\S]*))?$/.exec(text) ?? []
  return name === undefined ? undefined : { name: name.toLowerCase(), bot, rest: rest.trim() }
}
