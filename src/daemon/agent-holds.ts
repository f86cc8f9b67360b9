import { readFileSync } from 'node:fs'
import { z } from 'zod'
import type { EventSink } from '../domain/events.ts'
import { type Experience, HOLDING, type Hold, type HoldingCode, holdSchema, learn } from '../scheduler/holds.ts'
import type { Logger } from '../telemetry/logger.ts'
import { keepFile } from './keep-file.ts'

/** The holds of all agent accounts, kept in `.orchestrator/holds.json` so that they outlive the daemon. */
export class AgentHolds {
  readonly #path: string
  readonly #bus: EventSink
  readonly #log: Logger
  readonly #byAgent: Map<string, Hold>

  constructor(path: string, bus: EventSink, log: Logger) {
    this.#path = path
    this.#bus = bus
    this.#log = log
    this.#byAgent = new Map(read(path).map((hold) => [hold.agent, hold]))
  }

  of(agent: string): Hold | undefined {
    return this.#byAgent.get(agent)
  }

  all(): readonly Hold[] {
    return [...this.#byAgent.values()]
  }

  /** Takes in how an attempt ended. */
  learn(experience: Experience, now: number): void {
    const before = this.#byAgent.get(experience.agent)
    const after = learn(before, experience, now)
    if (after === before) return
    if (after) this.#byAgent.set(experience.agent, after)
    else this.#byAgent.delete(experience.agent)
    this.#keep(experience.agent, after)
  }

  /** Lifts holds because a person may have removed their cause: all of them, or those of some kinds. */
  forgive(codes: readonly HoldingCode[] = HOLDING): void {
    for (const hold of this.all()) {
      if (!codes.includes(hold.code)) continue
      this.#byAgent.delete(hold.agent)
      this.#keep(hold.agent, undefined)
    }
  }

  #keep(agent: string, hold: Hold | undefined): void {
    keepFile(this.#path, `${JSON.stringify(this.all(), null, 2)}\n`, this.#log)
    if (!hold) this.#bus.event({ event: 'agent_released', agent })
    else this.#bus.event({ event: 'agent_held', agent, code: hold.code, until: new Date(hold.until).toISOString(), message: hold.message })
  }
}

/** What an earlier daemon kept; a torn file holds nothing. */
function read(path: string): readonly Hold[] {
  try {
    return z.array(holdSchema).parse(JSON.parse(readFileSync(path, 'utf8')))
  } catch {
    return [] // missing or torn: the first attempt learns anew
  }
}
