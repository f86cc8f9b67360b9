import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { replaceFile } from '../../lib/atomic-file.ts'
import { type Notice, noticeSchema } from './notices.ts'

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

/**
 * Notices that are to be delivered, a file each, written before whoever tells the news goes on: killed or offline, nothing is lost. They
 * are delivered in the order in which they came; a kill between a delivery and its note is the only way to a repeat.
 */
export class Outbox {
  readonly #folder: string
  readonly #delivery: Delivery
  readonly #pending = new Map<string, Notice>()
  #count = 0
  #last: Promise<void> = Promise.resolve()

  constructor(folder: string, delivery: Delivery) {
    this.#folder = folder
    this.#delivery = delivery
  }

  /** How many notices are not delivered yet. */
  get size(): number {
    return this.#pending.size
  }

  /** Takes up what an earlier process left. */
  open(): void {
    mkdirSync(this.#folder, { recursive: true })
    for (const name of readdirSync(this.#folder).sort()) {
      const entry = name.endsWith('.json') ? this.#read(name) : undefined
      if (entry) this.#deliver(name, entry.notice, entry.done)
    }
  }

  /** Keeps a notice and has it delivered. Throws where it cannot be written; it is then delivered only while this process lives. */
  put(notice: Notice): void {
    const name = `${String(Date.now()).padStart(14, '0')}-${String(this.#count++).padStart(6, '0')}.json`
    try {
      this.#write(name, notice, [])
    } finally {
      this.#deliver(name, notice, [])
    }
  }

  /** Drops what is not worth telling any more. */
  drop(isStale: (notice: Notice) => boolean): void {
    for (const [name, notice] of this.#pending) if (isStale(notice)) this.#remove(name)
  }

  #deliver(name: string, notice: Notice, done: readonly number[]): void {
    this.#pending.set(name, notice)
    this.#last = this.#last.then(async () => {
      const chats = await this.#delivery.audience(notice).catch(() => [])
      const told = new Set(done)
      const open = chats.filter((chat) => !told.has(chat))
      const settle = (chat: number) => {
        told.add(chat)
        if (told.size < chats.length && this.#pending.has(name)) this.#write(name, notice, [...told])
      }
      const deliveries = open.map(async (chat) => {
        await this.#delivery.deliver(notice, chat, () => !this.#pending.has(name))
        settle(chat)
      })
      void Promise.all(deliveries).then(
        () => this.#remove(name),
        () => undefined, // given up for now: the file stays for the next start
      )
    })
  }

  #write(name: string, notice: Notice, done: readonly number[]): void {
    replaceFile(join(this.#folder, name), JSON.stringify({ notice, done }))
  }

  #remove(name: string): void {
    this.#pending.delete(name)
    rmSync(join(this.#folder, name), { force: true })
  }

  #read(name: string): z.infer<typeof entrySchema> | undefined {
    try {
      return entrySchema.parse(JSON.parse(readFileSync(join(this.#folder, name), 'utf8')))
    } catch {
      rmSync(join(this.#folder, name), { force: true }) // torn by a power failure, or of another version
      return undefined
    }
  }
}
