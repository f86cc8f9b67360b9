import { createHash } from 'node:crypto'
import type { Denial } from '../../domain/attempt.ts'
import type { JsonObject } from './json.ts'
import type { DeniedCall } from './lines.ts'
import { oneLine, toolDetail } from './tool-detail.ts'

/** Tools that only look, plan or note: a call of any other may have changed something. */
const LOOKS: readonly string[] = [
  ...['Read', 'Glob', 'Grep', 'LS', 'NotebookRead', 'WebFetch', 'WebSearch', 'ToolSearch', 'BashOutput', 'TaskOutput'],
  ...['TodoRead', 'TodoWrite', 'TaskCreate', 'TaskUpdate', 'TaskList', 'TaskGet', 'EnterPlanMode', 'ExitPlanMode', 'AskUserQuestion'],
]

/** Calls that are kept in mind: more than an agent makes; of one that never ends the denied ones and the newest. */
const MOST_CALLS = 10_000
const MOST_DENIED = 1_000
const LONGEST_NAME = 200

interface Call extends Denial {
  /** Equal for calls that ask for the same. */
  readonly what: string
  /** Place in the order of calls. */
  readonly at: number
}

/** The tool calls of one attempt, and which of them were denied. */
export class ToolCalls {
  readonly #calls = new Map<string, Call>()
  readonly #denied = new Set<string>()
  /** By what was asked for: the newest call that was carried out. */
  readonly #succeeded = new Map<string, number>()

  /** How many were made, and how many of those that are not in mind any more may have changed something. */
  #made = 0
  #forgottenDeeds = 0

  get count(): number {
    return this.#made
  }

  /** Calls that may have changed something and were not denied. */
  get deeds(): number {
    return this.#forgottenDeeds + [...this.#calls].filter(([id, call]) => this.#isDeed(id, call)).length
  }

  made({ id, tool: name, input }: DeniedCall): Denial {
    const tool = oneLine(name, LONGEST_NAME)
    const call = { tool, detail: toolDetail(input), what: fingerprint(tool, input), at: this.#made }
    if (!this.#calls.has(id)) this.#made += 1
    this.#calls.set(id, call)
    if (this.#calls.size > 2 * MOST_CALLS) this.#forget()
    return call
  }

  finished(id: string, ok: boolean): void {
    const call = this.#calls.get(id)
    if (call && ok) this.#succeeded.set(call.what, call.at)
  }

  /** Notes a denial that the final result lists; the call itself may never have been printed. */
  listed(denied: DeniedCall): void {
    if (!this.#calls.has(denied.id) && this.#denied.size < MOST_DENIED) this.made(denied)
    this.denied(denied.id)
  }

  /** Notes a denial at the moment it happens. */
  denied(id: string): void {
    if (this.#denied.size < MOST_DENIED) this.#denied.add(id)
  }

  #isDeed(id: string, { tool }: Call): boolean {
    return !LOOKS.includes(tool) && !this.#denied.has(id)
  }

  #forget(): void {
    for (const [id, call] of [...this.#calls].slice(0, -MOST_CALLS)) {
      if (this.#denied.has(id)) continue
      if (this.#isDeed(id, call)) this.#forgottenDeeds += 1
      this.#calls.delete(id)
      this.#succeeded.delete(call.what)
    }
  }

  denials(): readonly Denial[] {
    return this.#deniedCalls().map(({ tool, detail }) => ({ tool, detail }))
  }

  /** Denials of calls that were not carried out later on either. */
  unmet(): readonly Denial[] {
    return this.#deniedCalls().filter(({ what, at }) => (this.#succeeded.get(what) ?? -1) < at)
  }

  #deniedCalls(): readonly Call[] {
    return [...this.#denied].flatMap((id) => this.#calls.get(id) ?? [])
  }
}

/** Inputs can be megabytes and are kept for the whole attempt, hence the hash; the description is mere talk. */
function fingerprint(tool: string, { description: _, ...input }: JsonObject): string {
  return createHash('sha256')
    .update(asJson([tool, input]) ?? `${tool} ${toolDetail(input)}`)
    .digest('base64')
}

/** Undefined for what is nested so deep that it can be read but not written. */
function asJson(value: unknown): string | undefined {
  try {
    return JSON.stringify(value)
  } catch {
    return undefined
  }
}
