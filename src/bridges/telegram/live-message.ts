import type { TelegramApi } from './api.ts'
import type { Lanes } from './lanes.ts'

/** Milliseconds between two edits of one message. */
const EVERY_MS = 3_000

/** What a message is to show. */
export interface Face {
  readonly html: string
  readonly buttons: readonly (readonly { readonly label: string; readonly key: string }[])[]
}

interface Live {
  readonly chat: number
  readonly id: number
  shown: string
  wanted: Face
  /** Nothing follows this. */
  last: boolean
  editedAt: number
  timer: NodeJS.Timeout | undefined
}

/**
 * Messages that show how something goes on: edited only when they change, each at most once in three seconds, and always to the newest.
 * They are worth nothing later, so that an edit which cannot be made is left out.
 */
export class LiveMessages implements Disposable {
  readonly #api: TelegramApi
  readonly #lanes: Lanes
  readonly #everyMs: number
  readonly #byMessage = new Map<string, Live>()

  constructor(api: TelegramApi, lanes: Lanes, everyMs = EVERY_MS) {
    this.#api = api
    this.#lanes = lanes
    this.#everyMs = everyMs
  }

  /** Has a message show this as soon as it may be edited; `sent` where it was just sent so. */
  show(chat: number, id: number, face: Face, { last = false, sent = false } = {}): void {
    const key = `${chat}:${id}`
    const now = performance.now()
    const live = this.#byMessage.get(key) ?? {
      chat,
      id,
      shown: '',
      wanted: face,
      last,
      editedAt: sent ? now : -this.#everyMs,
      timer: undefined,
    }
    this.#byMessage.set(key, live)
    Object.assign(live, { wanted: face, last: live.last || last })
    if (sent) live.shown = JSON.stringify(face)
    if (live.timer === undefined) this.#plan(key, live)
  }

  [Symbol.dispose](): void {
    for (const { timer } of this.#byMessage.values()) clearTimeout(timer)
    this.#byMessage.clear()
  }

  #plan(key: string, live: Live): void {
    if (JSON.stringify(live.wanted) === live.shown) {
      if (live.last) this.#byMessage.delete(key)
      return
    }
    const wait = live.last ? 0 : Math.max(0, live.editedAt + this.#everyMs - performance.now())
    live.timer = setTimeout(() => void this.#edit(key, live), wait).unref()
  }

  /** The face is chosen when the lane is free: what changed meanwhile needs no edit of its own. */
  async #edit(key: string, live: Live): Promise<void> {
    let face = live.wanted
    await this.#lanes
      .run(live.chat, (signal) => {
        face = live.wanted
        return this.#api.edit({ chat: live.chat, id: live.id, ...face }, signal)
      })
      .catch(() => undefined)
    Object.assign(live, { shown: JSON.stringify(face), editedAt: performance.now(), timer: undefined })
    if (this.#byMessage.has(key)) this.#plan(key, live)
  }
}
