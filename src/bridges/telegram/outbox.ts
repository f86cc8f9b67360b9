import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { removeFile, replaceFile } from '../../lib/atomic-file.ts'
import { lookAt, readState } from '../../lib/read-state.ts'
import type { Logger } from '../../telemetry/logger.ts'
import type { Keeper } from './keeper.ts'
import { type Notice, noticeSchema } from './notices.ts'
import { backOff } from './outage.ts'
import { TelegramProblem } from './problem.ts'

const entrySchema = z.object({ notice: noticeSchema, done: z.array(z.number()) })

/**
 * Delivers a notice to one chat, unless it turns stale before; settles when it is there for good or never will be, rejects when it is given up
 * for now.
 */
export type Deliver = (notice: Notice, chat: number, isStale: () => boolean) => Promise<void>

/** How notices reach people. */
export interface Delivery {
  audience(notice: Notice): Promise<readonly number[]>
  deliver: Deliver
}

/** What the outbox works with. */
export interface OutboxParts {
  readonly delivery: Delivery
  readonly keeper: Pick<Keeper, 'keep'>
  readonly log: Pick<Logger, 'error'>
}

/** How often the delivery of a notice is tried that fails for another reason than Telegram. */
const TRIES = 4

/**
 * Notices that are to be delivered, a file each, written before whoever tells the news goes on: killed or offline, nothing is lost. They
 * are delivered in the order in which they came; a kill between a delivery and its note is the only way to a repeat.
 */
export class Outbox {
  readonly #folder: string
  readonly #delivery: Delivery
  readonly #keeper: Pick<Keeper, 'keep'>
  readonly #log: Pick<Logger, 'error'>
  readonly #pending = new Map<string, Notice>()
  #count = 0
  #last: Promise<void> = Promise.resolve()

  constructor(folder: string, { delivery, keeper, log }: OutboxParts) {
    this.#folder = folder
    this.#delivery = delivery
    this.#keeper = keeper
    this.#log = log
  }

  /** How many notices are not delivered yet. */
  get size(): number {
    return this.#pending.size
  }

  /** Takes up what an earlier process left, as soon as that can be read. */
  open(): void {
    this.#keeper.keep(this.#folder, () => {
      mkdirSync(this.#folder, { recursive: true })
      for (const name of readdirSync(this.#folder).sort()) {
        const entry = name.endsWith('.json') && !this.#pending.has(name) ? this.#read(name) : undefined
        if (entry) this.#deliver(name, entry.notice, entry.done)
      }
    })
  }

  /** Keeps a notice and has it delivered; where the disk refuses it, it is kept as soon as that can be. */
  put(notice: Notice): void {
    const name = `${String(Date.now()).padStart(14, '0')}-${String(this.#count++).padStart(6, '0')}.json`
    this.#write(name, notice, [])
    this.#deliver(name, notice, [])
  }

  /** Drops what is not worth telling any more. */
  drop(isStale: (notice: Notice) => boolean): void {
    for (const [name, notice] of this.#pending) if (isStale(notice)) this.#remove(name)
  }

  #deliver(name: string, notice: Notice, done: readonly number[]): void {
    this.#pending.set(name, notice)
    this.#last = this.#last.then(async () => {
      const chats = await this.#insist(() => this.#delivery.audience(notice)).catch((error: unknown) => this.#giveUp(name, notice, error))
      if (!chats) return
      const told = new Set(done)
      const open = chats.filter((chat) => !told.has(chat))
      const settle = (chat: number) => {
        told.add(chat)
        if (told.size < chats.length && this.#pending.has(name)) this.#write(name, notice, [...told])
      }
      const deliveries = open.map(async (chat) => {
        await this.#insist(() => this.#delivery.deliver(notice, chat, () => !this.#pending.has(name)))
        settle(chat)
      })
      void Promise.all(deliveries).then(
        () => this.#remove(name),
        (error: unknown) => this.#giveUp(name, notice, error),
      )
    })
  }

  /** Does it again a few times where a fault of ours came in between; Telegram's own are waited out by whoever sends. */
  async #insist<T>(work: () => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      try {
        return await work()
      } catch (error) {
        if (error instanceof TelegramProblem || tries >= TRIES) throw error
        await sleep(backOff(tries, error), undefined, { ref: false })
      }
    }
  }

  /** Given up for now: the file stays for the next start. */
  #giveUp(name: string, notice: Notice, error: unknown): undefined {
    if (error instanceof TelegramProblem) return
    this.#pending.delete(name)
    this.#log.error('telegram: a notice cannot be delivered; the next start tries it again', { notice: name, kind: notice.kind, error })
  }

  #write(name: string, notice: Notice, done: readonly number[]): void {
    const path = join(this.#folder, name)
    this.#keeper.keep(path, () => {
      mkdirSync(this.#folder, { recursive: true })
      replaceFile(path, JSON.stringify({ notice, done }))
    })
  }

  #remove(name: string): void {
    const path = join(this.#folder, name)
    this.#pending.delete(name)
    this.#keeper.keep(path, () => removeFile(path))
  }

  #read(name: string): z.infer<typeof entrySchema> | undefined {
    const path = join(this.#folder, name)
    const entry = readState(path, entrySchema)
    const looked = entry ? undefined : lookAt(path)
    const isHidden = looked?.kind === 'odd' && looked.code === 'EACCES' // what nobody may read now is told when it may be
    if (!entry && !isHidden) this.#remove(name) // torn by a power failure, or of another version
    return entry
  }
}
