import type { Logger } from '../../telemetry/logger.ts'
import type { Sender } from './access.ts'
import { oneLine } from './html.ts'

const AGAIN_MS = 3_600_000
const MOST = 500

/** Tells the log of people who may not use the bot, each at most once an hour. The ids are what one needs to let them in. */
export class Strangers {
  readonly #told = new Map<string, number>()
  readonly #log: Logger

  constructor(log: Logger) {
    this.#log = log
  }

  /** Notes that a stranger said something; the time is in milliseconds. */
  note({ user, chat }: Sender, now: number): void {
    const key = `${user.id} ${chat.id}`
    const last = this.#told.get(key)
    if (last !== undefined && now - last < AGAIN_MS) return
    if (this.#told.size >= MOST) this.#told.clear()
    this.#told.set(key, now)
    this.#log.warn('telegram: ignored somebody who is not allowed', { user: user.id, name: oneLine(user.name, 64), chat: chat.id })
  }
}
