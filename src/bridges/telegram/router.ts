import type { Send } from '../../control/protocol.ts'
import { OrchestratorError } from '../../domain/errors.ts'
import { namesMasked, type Redactor } from '../../lib/redact.ts'
import type { Logger } from '../../telemetry/logger.ts'
import { type Access, isObeyed, isPassedOn, type Sender } from './access.ts'
import type { Outgoing, TelegramApi } from './api.ts'
import { answer } from './commands/answer.ts'
import { cancel } from './commands/cancel.ts'
import { byOf, type Command, type CommandTools } from './commands/command.ts'
import { help, start } from './commands/help.ts'
import { list } from './commands/list.ts'
import { progress } from './commands/progress.ts'
import { retry } from './commands/retry.ts'
import { show } from './commands/show.ts'
import { status } from './commands/status.ts'
import { task } from './commands/task.ts'
import { Flood } from './flood.ts'
import type { Follower } from './follower.ts'
import { faultText } from './format.ts'
import { escapeHtml } from './html.ts'
import { type IncomingMessage, type Press, readCommand, readUpdate } from './incoming.ts'
import type { Lanes } from './lanes.ts'
import type { Memory } from './memory.ts'
import { TelegramProblem } from './problem.ts'
import { splitText } from './split.ts'
import { Strangers } from './strangers.ts'

/** Every command there is; text alone is a task. */
const COMMANDS: Readonly<Record<string, Command>> = { start, help, task, status, progress, cancel, list, retry, answer, show }

/** What takes more messages is sent as a file. */
const MOST_PARTS = 3

const NOT_YOURS = { hint: 'Write it yourself. Forwarded alone, the text is a task.' }

/** What the router works with. */
export interface RouterParts {
  readonly api: TelegramApi
  readonly lanes: Lanes
  readonly memory: Memory
  readonly follower: Follower
  readonly send: Send
  readonly access: Access
  /** The base directory, absolute. */
  readonly base: string
  /** The name of the bot, without `@`. */
  readonly username: string
  readonly log: Logger
  /** Masks secrets in what goes out. */
  readonly redact: Redactor
}

/** Turns what people send into commands, and answers them. Whoever may not use the bot gets no answer at all. */
export class Router {
  readonly #parts: RouterParts
  readonly #flood = new Flood()
  readonly #strangers: Strangers

  constructor(parts: RouterParts) {
    this.#parts = parts
    this.#strangers = new Strangers(parts.log)
  }

  /** Deals with one update; rejects only with a fault of ours. Waits for the daemon and for files that were sent, not for answers to arrive. */
  async handle(update: unknown): Promise<void> {
    const incoming = readUpdate(update)
    if (incoming.kind === 'nothing') return
    if (!isObeyed(incoming, this.#parts.access)) return this.#strangers.note(incoming, Date.now())
    // By the time at which it was sent: what comes at once after an outage is no flood.
    const verdict = this.#flood.judge(incoming.user.id, incoming.kind === 'message' ? incoming.sent : Date.now())
    if (verdict === 'refuse')
      this.#say({ chat: incoming.chat.id, html: 'Slow down: this and what comes now is not taken. Wait half a minute.' })
    if (verdict !== 'take') return
    await (incoming.kind === 'press' ? this.#press(incoming) : this.#message(incoming))
  }

  async #message(message: IncomingMessage): Promise<void> {
    const { username, memory, access } = this.#parts
    const typed = readCommand(message.text)
    if (typed?.bot !== undefined && typed.bot.toLowerCase() !== username.toLowerCase()) return
    const about = message.replyTo === undefined ? undefined : memory.about(message.chat.id, message.replyTo)
    const mention = new RegExp(`(^|\\s)@${username}\\b`, 'i')
    if (!typed && message.chat.type !== 'private' && !about && !mention.test(message.text)) return
    const text = typed ? typed.rest : message.text.replace(mention, '').trim()
    const command = typed ? commandOf(typed.name) : about?.question === undefined ? task : answer
    const passedOn = isPassedOn(message.forwarded, access)
    await this.#run(message, message.id, about, (tools) => {
      if (passedOn && (typed || about))
        throw new OrchestratorError('usage', 'This is somebody else’s message, so it is no command.', NOT_YOURS)
      if (command) return command({ message, text, passedOn }, tools)
      throw new OrchestratorError('usage', `There is no command /${typed?.name}.`, { hint: '/help shows what there is.' })
    })
  }

  async #press({ chat, user, query, key, message }: Press): Promise<void> {
    const { memory, api, send } = this.#parts
    const action = memory.action(key)
    const acknowledge = (text: string) => void api.acknowledge(query, text).catch(() => undefined)
    if (!action) return acknowledge('This button is too old.')
    let said = ''
    const request = { message: { chat, user, id: message, file: undefined }, text: action.task }
    const { task: taskId, question, text = '' } = action
    await this.#run({ chat }, message, undefined, async (tools) => {
      if (action.does !== 'answer') await COMMANDS[action.does]?.(request, tools)
      else await send('answer', { taskId, text, by: byOf(request.message), ...(question !== undefined && { questionId: question }) })
      if (action.does === 'answer') said = `Answered: ${text}`
    })
    acknowledge(said)
  }

  async #run(
    { chat }: Pick<Sender, 'chat'>,
    message: number,
    about: ReturnType<CommandTools['about']>,
    work: (tools: CommandTools) => Promise<void>,
  ): Promise<void> {
    const tools = this.#tools(chat.id, message, about)
    try {
      await work(tools)
    } catch (error) {
      if (!(error instanceof OrchestratorError)) this.#parts.log.error('a message from telegram could not be dealt with', { error })
      tools.reply(faultText(error))
    }
  }

  #tools(chat: number, message: number, about: ReturnType<CommandTools['about']>): CommandTools {
    const { send, api, base, follower, lanes, log } = this.#parts
    return {
      send,
      api,
      base,
      about: () => about,
      reply: (html) => this.#say({ chat, html, replyTo: message }),
      replyLong: (text, name) => this.#sayLong(chat, message, this.#parts.redact(text), name),
      follow: (task, title, words, file) => {
        const shown = this.#parts.redact(title)
        if (file !== undefined) follower.expect(file, task)
        const face = follower.first(task, shown, words)
        void lanes
          .run(chat, (signal) => api.send({ chat, ...face, replyTo: message }, signal))
          .then((id) => follower.sent(chat, id, task, shown, file, face))
          .catch((error: unknown) => {
            if (!(error instanceof TelegramProblem)) log.error('telegram: a task cannot be followed', { task, error })
          })
      },
    }
  }

  #sayLong(chat: number, replyTo: number, text: string, name: string): void {
    const parts = splitText(text)
    if (parts.length <= MOST_PARTS) for (const part of parts) this.#say({ chat, html: escapeHtml(part), replyTo })
    else {
      const caption = `${text.length} characters`
      void this.#parts.lanes.run(chat, (signal) => this.#parts.api.sendFile({ chat, name, text, caption }, signal)).catch(() => undefined)
    }
  }

  /** Answers are worth little later: what cannot be said now is left out, and the log tells of the outage. */
  #say(message: Outgoing): void {
    const html = namesMasked(this.#parts.redact, message.html)
    void this.#parts.lanes.run(message.chat, (signal) => this.#parts.api.send({ ...message, html }, signal)).catch(() => undefined)
  }
}

function commandOf(name: string): Command | undefined {
  return Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
}
