import type { InboxWatch } from '../inbox/watch.ts'
import type { House } from './compose.ts'

/** A daemon that only drains the inbox gives a disk that refuses so many milliseconds. */
const STORAGE_PATIENCE_MS = 10_000

/** Decides when a daemon has come to its end: it was stopped and nothing runs any more, or it was to drain the inbox and has. */
export class Ending {
  /** Settles with the reason. */
  readonly reached: Promise<string>
  readonly #once: boolean
  #reach: (reason: string) => void = () => {}
  #house: House | undefined
  #inbox: InboxWatch | undefined
  #reason: string | undefined
  #grace: NodeJS.Timeout | undefined
  #storageTimer: NodeJS.Timeout | undefined

  constructor(once: boolean) {
    this.#once = once
    this.reached = new Promise((resolve) => {
      this.#reach = resolve
    })
  }

  get stopping(): boolean {
    return this.#reason !== undefined
  }

  /** What is watched for its end. */
  watch(house: House): void {
    this.#house = house
  }

  /** From now on an empty inbox means that all is done. */
  ready(inbox: InboxWatch): void {
    this.#inbox = inbox
    this.look()
  }

  /** The first call lets running tasks finish for the grace time, the second interrupts them. */
  stop(reason: string, graceMs: number): void {
    const { dispatcher } = this.#house ?? {}
    if (this.#reason !== undefined) {
      dispatcher?.interrupt()
      return
    }
    this.#reason = reason
    dispatcher?.drain()
    this.#grace = setTimeout(() => dispatcher?.interrupt(), graceMs)
    this.look()
  }

  /** Called whenever something may have ended. */
  look(): void {
    if (!this.#house || !this.#inbox) return
    const { dispatcher, feed } = this.#house
    if (this.#reason !== undefined) {
      if (dispatcher.seats.size === 0) this.#end(this.#reason)
    } else if (this.#once && feed.quiet && this.#inbox.unsettled === 0 && dispatcher.seats.size === 0 && !dispatcher.comesSoon) {
      this.#end('the inbox is drained')
    } else if (this.#once) this.#watchStorage()
  }

  #end(reason: string): void {
    clearTimeout(this.#grace)
    clearTimeout(this.#storageTimer)
    this.#reach(reason)
  }

  /** In CI nobody will free the disk: say so instead of waiting for ever. */
  #watchStorage(): void {
    const { dispatcher } = this.#house ?? {}
    if (!dispatcher || dispatcher.storageProblem === undefined || this.#storageTimer) return
    this.#storageTimer = setTimeout(() => {
      this.#storageTimer = undefined
      if (dispatcher.storageProblem === undefined) this.look()
      else this.stop(`the home cannot be written: ${dispatcher.storageProblem}`, 0)
    }, STORAGE_PATIENCE_MS)
  }
}
