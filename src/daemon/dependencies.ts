import { type Failure, failure } from '../domain/errors.ts'
import type { FinalStatus } from '../domain/result.ts'
import type { DependencyState } from '../scheduler/blockers.ts'
import type { Candidate } from '../scheduler/candidate.ts'

/** Where the state of a task can be looked up. */
export interface Lookup {
  /** Whether it is queued or runs. */
  isPending(id: string): boolean
  /** How its newest run ended. */
  status(id: string): FinalStatus | undefined
}

/** What became of tasks that others wait for; remembered until something ends or arrives. */
export class Dependencies {
  readonly #lookup: Lookup
  readonly #known = new Map<string, DependencyState>()

  constructor(lookup: Lookup) {
    this.#lookup = lookup
  }

  state(id: string): DependencyState {
    const known = this.#known.get(id)
    if (known !== undefined) return known
    const state = this.#lookup.isPending(id) ? 'pending' : finished(this.#lookup.status(id))
    this.#known.set(id, state)
    return state
  }

  /** Why a task can never start: one that it depends on has failed. */
  verdict({ dependsOn }: Pick<Candidate, 'dependsOn'>): Failure | undefined {
    const cause = dependsOn.find((id) => this.state(id) === 'failed')
    return cause === undefined ? undefined : failure('dependency_failed', `${cause}, which this task depends on, has failed.`)
  }

  forget(): void {
    if (this.#known.size > 0) this.#known.clear()
  }
}

function finished(status: FinalStatus | undefined): DependencyState {
  if (status === undefined) return 'unknown'
  return status === 'completed' ? 'completed' : 'failed'
}
