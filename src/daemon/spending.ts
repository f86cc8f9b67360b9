import { z } from 'zod'
import { readState } from '../lib/read-state.ts'
import { type DayBudget, dayOf, nextDay } from '../scheduler/budgets.ts'
import { type Complaints, keepFile } from './keep-file.ts'

/** More was never spent in a day, and any number of these has a sum. */
const amount = z.number().min(0).max(1e12)

const spendingSchema = z.strictObject({
  day: z.string(),
  usd: amount,
  /** What is set aside for tasks that run, by their keys in the queue. */
  set_aside: z.record(z.string(), amount).optional(),
})

/** What the runs of this day have spent, and what is set aside for those that run, kept in `.orchestrator/spending.json`. */
export class Spending {
  readonly #path: string
  readonly #log: Complaints
  #day: string
  #usd: number
  readonly #setAside = new Map<string, number>()

  /** What an earlier daemon had set aside when it was killed counts as spent: nobody knows what of it was. */
  constructor(path: string, log: Complaints) {
    this.#path = path
    this.#log = log
    const { day, usd, set_aside = {} } = read(path)
    this.#day = day
    this.#usd = usd + sum(Object.values(set_aside))
  }

  /** What the day has left under a limit. */
  budget(limitUsd: number, freeSlots: number, now: Date): DayBudget {
    const spent = this.#day === dayOf(now) ? this.#usd : 0
    return { limitUsd, leftUsd: limitUsd - spent - sum(this.#setAside.values()), freeSlots, until: nextDay(now) }
  }

  /** Sets an amount aside for a task until it has told what it spent; written before the task starts. */
  setAside(key: string, usd: number, now: Date): void {
    this.#setAside.set(key, usd)
    this.#keep(0, now)
  }

  /** Puts what a task really spent in place of what was set aside for it. */
  spent(key: string, usd: number, now: Date): void {
    if (this.#setAside.delete(key) || usd > 0) this.#keep(usd, now)
  }

  #keep(moreUsd: number, now: Date): void {
    const day = dayOf(now)
    this.#usd = (this.#day === day ? this.#usd : 0) + moreUsd
    this.#day = day
    const setAside = this.#setAside.size > 0 && { set_aside: Object.fromEntries(this.#setAside) }
    keepFile(this.#path, JSON.stringify({ day, usd: this.#usd, ...setAside }), this.#log)
  }
}

function sum(amounts: Iterable<number>): number {
  let total = 0
  for (const usd of amounts) total += usd
  return total
}

function read(path: string): z.infer<typeof spendingSchema> {
  return readState(path, spendingSchema) ?? { day: '', usd: 0 } // missing or torn: counted from now on
}
