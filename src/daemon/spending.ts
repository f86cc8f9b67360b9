import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { type DayBudget, dayOf, nextDay } from '../scheduler/budgets.ts'
import type { Logger } from '../telemetry/logger.ts'
import { keepFile } from './keep-file.ts'

const spendingSchema = z.strictObject({ day: z.string(), usd: z.number().min(0) })

/** What the runs of this day have spent, kept in `.orchestrator/spending.json`, and what is set aside for those that run. */
export class Spending {
  readonly #path: string
  readonly #log: Logger
  #today: z.infer<typeof spendingSchema>
  readonly #setAside = new Map<string, number>()

  constructor(path: string, log: Logger) {
    this.#path = path
    this.#log = log
    this.#today = read(path)
  }

  /** What the day has left under a limit. */
  budget(limitUsd: number, freeSlots: number, now: Date): DayBudget {
    const spent = this.#today.day === dayOf(now) ? this.#today.usd : 0
    const reserved = [...this.#setAside.values()].reduce((sum, usd) => sum + usd, 0)
    return { limitUsd, leftUsd: limitUsd - spent - reserved, freeSlots, until: nextDay(now) }
  }

  /** Sets an amount aside for a task until it has told what it spent. */
  setAside(key: string, usd: number): void {
    this.#setAside.set(key, usd)
  }

  /** Puts what a task really spent in place of what was set aside for it. */
  spent(key: string, usd: number, now: Date): void {
    this.#setAside.delete(key)
    if (usd <= 0) return
    const day = dayOf(now)
    this.#today = { day, usd: (this.#today.day === day ? this.#today.usd : 0) + usd }
    keepFile(this.#path, JSON.stringify(this.#today), this.#log)
  }
}

function read(path: string): z.infer<typeof spendingSchema> {
  try {
    return spendingSchema.parse(JSON.parse(readFileSync(path, 'utf8')))
  } catch {
    return { day: '', usd: 0 } // missing or torn: counted from now on
  }
}
