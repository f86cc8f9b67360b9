import type { Send } from '../../../control/protocol.ts'
import type { TelegramApi } from '../api.ts'
import type { IncomingMessage } from '../incoming.ts'
import type { About } from '../memory.ts'

/** What a command may use. */
export interface CommandTools {
  readonly send: Send
  readonly api: TelegramApi
  /** The base directory, absolute. */
  readonly base: string
  /** Answers the message. */
  reply(html: string): void
  /** Answers with what may be longer than a message: in parts, or as a file. */
  replyLong(text: string, name: string): void
  /** Answers with the message that shows how a task goes on from now. */
  follow(task: string, title: string, words: string, file?: string): void
  /** What the message that was replied to is about. */
  about(): About | undefined
}

/** What a person asks for. */
export interface Request {
  readonly message: Pick<IncomingMessage, 'chat' | 'user' | 'id' | 'file'>
  /** What stands behind the command; all of it for plain text. */
  readonly text: string
  /** Whether these are words of somebody who may not use the bot. */
  readonly passedOn?: boolean
}

/** Does what was asked for. Throws an OrchestratorError with the reason where it cannot be done. */
export type Command = (request: Request, tools: CommandTools) => Promise<void>

/** Who asks, as results and logs name it. */
export function byOf({ user }: Request['message']): string {
  return `${user.name} (telegram ${user.id})`
}
