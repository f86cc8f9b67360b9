import type { Send, TaskCard } from '../../control/protocol.ts'
import { namesMasked, type Redactor } from '../../lib/redact.ts'
import type { Logger } from '../../telemetry/logger.ts'
import { type Access, audience } from './access.ts'
import type { Outgoing, TelegramApi } from './api.ts'
import { endText, newsText, questionText } from './format.ts'
import { clip } from './html.ts'
import type { Lanes } from './lanes.ts'
import type { About, Memory } from './memory.ts'
import type { Notice } from './notices.ts'
import type { Delivery } from './outbox.ts'
import { TelegramProblem } from './problem.ts'

/** What the messenger works with. */
export interface MessengerParts {
  readonly api: TelegramApi
  readonly lanes: Lanes
  readonly memory: Memory
  readonly send: Send
  readonly access: Access
  readonly log: Logger
  readonly redact: Redactor
}

/** Carries notices to those whom they concern. */
export class Messenger implements Delivery {
  readonly #parts: MessengerParts

  constructor(parts: MessengerParts) {
    this.#parts = parts
  }

  /** The chat that a task came from, else the one for notices, else everybody who may use the bot. */
  async audience(notice: Notice): Promise<readonly number[]> {
    return audience(originIn(await this.#card(notice))?.chat, this.#parts.access)
  }

  /** What Telegram refuses for good, since the bot was blocked say, is given up and logged. */
  async deliver(notice: Notice, chat: number, isStale: () => boolean): Promise<void> {
    const { lanes, api, memory, log, redact } = this.#parts
    const message = this.#message(notice, chat, await this.#card(notice))
    try {
      const send = async (signal: AbortSignal) =>
        isStale() ? undefined : api.send({ ...message, html: namesMasked(redact, message.html) }, signal)
      const id = await lanes.run(chat, send, true)
      const about = aboutOf(notice)
      if (about && id !== undefined) memory.note(chat, id, about)
    } catch (error) {
      if (!(error instanceof TelegramProblem) || error.kind !== 'refused') throw error
      log.warn('telegram refused a notice', { chat, kind: notice.kind, problem: error.message })
    }
  }

  #message(notice: Notice, chat: number, card: TaskCard | undefined): Outgoing {
    const { memory } = this.#parts
    const origin = originIn(card)
    const replyTo = origin?.chat === chat ? origin.message : undefined
    if (notice.kind === 'ended') {
      const { task } = notice
      const buttons = [
        { label: 'Show', key: memory.button({ does: 'show', task }) },
        { label: 'Retry', key: memory.button({ does: 'retry', task }) },
      ]
      return { chat, html: endText(notice, card), buttons: [buttons], replyTo }
    }
    if (notice.kind !== 'asked') return { chat, html: newsText(notice) }
    const { task, question, options } = notice
    const buttons = options.map((text) => [{ label: clip(text, 60), key: memory.button({ does: 'answer', task, question, text }) }])
    return { chat, html: questionText(notice), buttons, replyTo }
  }

  /** Undefined for what is about no task, and for a task that is gone. */
  async #card(notice: Notice): Promise<TaskCard | undefined> {
    return 'task' in notice ? this.#parts.send('show', { id: notice.task }).catch(() => undefined) : undefined
  }
}

function originIn(card: TaskCard | undefined): { readonly chat: number; readonly message: number } | undefined {
  const [, chat, message] = /^telegram:(-?\d+):(\d+)$/.exec(card?.origin ?? '') ?? []
  return chat === undefined ? undefined : { chat: Number(chat), message: Number(message) }
}

function aboutOf(notice: Notice): About | undefined {
  if (notice.kind === 'ended') return { task: notice.task, as: 'notice' }
  return notice.kind === 'asked'
    ? { task: notice.task, as: 'question', question: notice.question, title: clip(notice.text, 500) }
    : undefined
}
