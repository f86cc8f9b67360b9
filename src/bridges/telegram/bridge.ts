import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { directories } from '../../config/directories.ts'
import type { LoggedEvent } from '../../domain/events.ts'
import { Disposer } from '../../lib/disposer.ts'
import { namesMasked } from '../../lib/redact.ts'
import type { Bridge, BridgeHealth, BridgeTools } from '../contract.ts'
import { accessOf } from './access.ts'
import { createApi } from './api.ts'
import { OFFERED } from './commands/help.ts'
import { Follower } from './follower.ts'
import { settledText } from './format.ts'
import { Keeper } from './keeper.ts'
import { Lanes } from './lanes.ts'
import { LiveMessages } from './live-message.ts'
import { Memory } from './memory.ts'
import { Messenger } from './messenger.ts'
import { isWanted, noticeOf } from './notices.ts'
import { backOff, Outage } from './outage.ts'
import { Outbox } from './outbox.ts'
import { poll } from './poll.ts'
import { Router } from './router.ts'

/** How long the last notices may take at the end, in milliseconds, where Telegram can be reached. */
const LAST_WORDS_MS = 30_000

/** The bridge to Telegram: long polling for what people say, an outbox for what they are told. */
export class TelegramBridge implements Bridge {
  readonly #disposer = new Disposer()
  #health: () => BridgeHealth = () => ({ ok: null, detail: 'starting' })

  health(): BridgeHealth {
    return this.#health()
  }

  async start({ send, events, log, config, paths, redact }: BridgeTools): Promise<void> {
    const { settings } = config
    const stop = new AbortController()
    const outage = new Outage(log)
    this.#health = () => outage.health()
    const api = createApi(settings.TELEGRAM_BOT_TOKEN ?? '', settings.TELEGRAM_API_ROOT)
    const access = accessOf(settings)
    const lanes = new Lanes(stop.signal, outage)
    const keeper = new Keeper(outage)
    const memory = new Memory(join(paths.telegram, 'memory.json'), keeper)
    const live = new LiveMessages(api, lanes)
    const follower = new Follower(memory, live)
    const parts = { api, lanes, memory, send, access, log, redact }
    const outbox = new Outbox(paths.outbox, { delivery: new Messenger(parts), keeper, log })
    const held = new Set<string>()

    const settle = (task: string, question: string, how: string) => {
      outbox.drop((notice) => notice.kind === 'asked' && notice.question === question)
      for (const { chat, id, about } of memory.messages(task, 'question', question))
        live.show(chat, id, { html: namesMasked(redact, settledText(task, about.title ?? '', how)), buttons: [] }, { last: true })
    }
    const tell = (event: LoggedEvent) => {
      if (event.event === 'agent_released') held.delete(event.agent)
      const notice = noticeOf(event)
      if (!notice || !isWanted(notice, settings.NOTIFY)) return
      if (notice.kind === 'held' && held.has(notice.agent)) return // armed again by a probe: nothing new
      if (notice.kind === 'held') held.add(notice.agent)
      outbox.put(notice)
    }
    const settleAnswered = (event: LoggedEvent) => {
      if (event.event === 'answered') settle(event.task_id, event.question_id, `✔ ${event.answer} (${event.by})`)
      if (event.event === 'question_expired') settle(event.task_id, event.question_id, `⌛ ${event.applied ?? 'no answer in time'}`)
    }

    outbox.open()
    // Each listens by itself, so that the fault of one keeps no news from the others.
    const subscriptions = [
      events.onEvent(tell),
      events.onEvent(settleAnswered),
      events.onEvent((event) => follower.event(event)),
      events.onProgress((progress) => follower.progress(progress)),
    ]
    const { base } = directories(config)
    const listening = listen(async () => {
      const { id, username } = await api.me(stop.signal)
      outage.worked('read', `as @${username}`)
      await api.offer(OFFERED, stop.signal).catch(() => undefined)
      const router = new Router({ ...parts, follower, base, username })
      await poll(
        { api, outage, keeper, log, path: join(paths.telegram, 'updates.json'), bot: id, handle: (update) => router.handle(update) },
        stop.signal,
      )
    })

    /** Tries to begin until that works, whatever goes wrong. */
    async function listen(begin: () => Promise<void>): Promise<void> {
      for (let failures = 1; !stop.signal.aborted; failures++) {
        const began = performance.now()
        try {
          return await begin()
        } catch (error) {
          outage.failed('read', error, began)
          await sleep(backOff(failures, error), undefined, { signal: stop.signal }).catch(() => undefined)
        }
      }
    }

    this.#disposer.defer(() => keeper[Symbol.dispose]())
    this.#disposer.defer(() => live[Symbol.dispose]())
    this.#disposer.defer(() => listening)
    this.#disposer.defer(() => stop.abort())
    this.#disposer.defer(async () => {
      const until = performance.now() + LAST_WORDS_MS
      while (outbox.size > 0 && !outage.isOut('write') && performance.now() < until) await sleep(20)
    })
    this.#disposer.defer(() => {
      for (const subscription of subscriptions) subscription[Symbol.dispose]()
    })
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#disposer[Symbol.asyncDispose]()
  }
}
