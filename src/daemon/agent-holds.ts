import type { EventSink } from '../domain/events.ts'
import { readState } from '../lib/read-state.ts'
import { byClock, type Experience, HOLDING, type Hold, type HoldingCode, holdsSchema, learn } from '../scheduler/holds.ts'
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
    const kept = this.#byAgent.get(agent)
    const hold = kept && byClock(kept, Date.now())
    if (hold && hold !== kept) this.#set(agent, hold)
    return hold
  }

  all(): readonly Hold[] {
    return [...this.#byAgent.keys()].flatMap((agent) => this.of(agent) ?? [])
  }

  /** Takes in how an attempt ended. */
  learn(experience: Experience, now: number): void {
    const before = this.of(experience.agent)
    const after = learn(before, experience, now)
    if (after !== before) this.#set(experience.agent, after)
  }

  /** Lifts holds because a person may have removed their cause: all of them, or those of some kinds. */
  forgive(codes: readonly HoldingCode[] = HOLDING): void {
    for (const hold of this.all()) {
      if (!codes.includes(hold.code)) continue
      this.#set(hold.agent, undefined)
    }
  }

  #set(agent: string, hold: Hold | undefined): void {
    if (hold) this.#byAgent.set(agent, hold)
    else this.#byAgent.delete(agent)
    keepFile(this.#path, `${JSON.stringify([...this.#byAgent.values()], null, 2)}\n`, this.#log)
    if (!hold) this.#bus.event({ event: 'agent_released', agent })
    else this.#bus.event({ event: 'agent_held', agent, code: hold.code, until: new Date(hold.until).toISOString(), message: hold.message })
  }
}

/** What an earlier daemon kept; a torn file holds nothing. */
function read(path: string): readonly Hold[] {
  return readState(path, holdsSchema) ?? [] // missing or torn: the first attempt learns anew
}
