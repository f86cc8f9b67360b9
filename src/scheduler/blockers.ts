import type { Candidate } from './candidate.ts'

/** Why a task is not started now. Times are milliseconds since the epoch. */
export type Blocker =
  | { readonly kind: 'paused' }
  | { readonly kind: 'storage'; readonly problem: string }
  | { readonly kind: 'not_before'; readonly until: number }
  | { readonly kind: 'depends_on'; readonly id: string; readonly state: DependencyState }
  | { readonly kind: 'directory'; readonly path: string; readonly by: string }

/** What became of a task that another waits for. */
export type DependencyState = 'completed' | 'failed' | 'pending' | 'unknown'

/** A directory in use by a running task. */
export interface DirectoryUse {
  readonly path: string
  readonly writes: boolean
  readonly by: string
}

/** All that readiness depends on besides the task itself. */
export interface World {
  readonly now: number
  readonly paused: boolean
  /** Why the home cannot be written at present. */
  readonly storageProblem: string | undefined
  readonly uses: readonly DirectoryUse[]
  dependency(id: string): DependencyState
}

/** The first reason why a task may not start, or undefined if it may. Writers have a directory to themselves; readers share it. */
export function blockedBy(candidate: Candidate, world: World): Blocker | undefined {
  if (world.paused) return { kind: 'paused' }
  if (world.storageProblem !== undefined) return { kind: 'storage', problem: world.storageProblem }
  if (candidate.notBefore !== undefined && candidate.notBefore > world.now) return { kind: 'not_before', until: candidate.notBefore }
  for (const id of candidate.dependsOn) {
    const state = world.dependency(id)
    if (state !== 'completed') return { kind: 'depends_on', id, state }
  }
  const { directory, writes } = candidate
  if (directory === undefined) return undefined
  const use = world.uses.find((one) => one.path === directory && (one.writes || writes))
  return use && { kind: 'directory', path: use.path, by: use.by }
}

/** The reason as a sentence for a person. */
export function describeBlocker(blocker: Blocker): string {
  switch (blocker.kind) {
    case 'paused':
      return 'the queue is paused; `orchestrator resume` opens it'
    case 'storage':
      return `the home cannot be written: ${blocker.problem}`
    case 'not_before':
      return `it does not start before ${new Date(blocker.until).toISOString()}`
    case 'depends_on':
      return DEPENDENCY[blocker.state](blocker.id)
    case 'directory':
      return `${blocker.by} works in ${blocker.path}`
  }
}

const DEPENDENCY: Readonly<Record<DependencyState, (id: string) => string>> = {
  completed: (id) => `${id} is completed`,
  failed: (id) => `it depends on ${id}, which failed; it starts once ${id} was retried and completed`,
  pending: (id) => `it depends on ${id}, which is not finished`,
  unknown: (id) => `it depends on ${id}, and no task of that id exists`,
}
