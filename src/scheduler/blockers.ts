import { formatDuration } from '../lib/duration.ts'
import { formatMoment } from '../lib/moment.ts'
import { type DayBudget, grant } from './budgets.ts'
import type { Candidate } from './candidate.ts'
import { endsSoon, type Hold } from './holds.ts'

/** Why a task is not started now. Times are milliseconds since the epoch. */
export type Blocker =
  | { readonly kind: 'paused' }
  | { readonly kind: 'storage'; readonly problem: string }
  | { readonly kind: 'not_before'; readonly until: number }
  | { readonly kind: 'depends_on'; readonly id: string; readonly state: DependencyState }
  | { readonly kind: 'hold'; readonly hold: Hold }
  | { readonly kind: 'probe'; readonly agent: string; readonly by: string }
  | { readonly kind: 'daily_budget'; readonly budget: DayBudget }
  | { readonly kind: 'directory'; readonly path: string; readonly by: string }

/** What became of a task that another waits for. */
export type DependencyState = 'completed' | 'failed' | 'pending' | 'unknown'

/** A task that has a slot, as far as others have to heed it. */
export interface Busy {
  readonly taskId: string
  readonly agent: string | undefined
  readonly directory: string | undefined
  readonly writes: boolean
  /** When it took its slot; milliseconds since the epoch. */
  readonly since: number
}

/** All that readiness depends on besides the task itself. */
export interface World {
  readonly now: number
  readonly paused: boolean
  /** Why the home cannot be written at present. */
  readonly storageProblem: string | undefined
  readonly busy: readonly Busy[]
  /** Undefined where there is no limit for the day. */
  readonly budget: DayBudget | undefined
  dependency(id: string): DependencyState
  hold(agent: string): Hold | undefined
}

/** The first reason why a task may not start, or undefined if it may. */
export function blockedBy(candidate: Candidate, world: World): Blocker | undefined {
  if (world.paused) return { kind: 'paused' }
  if (world.storageProblem !== undefined) return { kind: 'storage', problem: world.storageProblem }
  if (candidate.notBefore !== undefined && candidate.notBefore > world.now) return { kind: 'not_before', until: candidate.notBefore }
  return waitsForOthers(candidate, world) ?? held(candidate, world) ?? directoryInUse(candidate, world)
}

function waitsForOthers({ dependsOn }: Candidate, world: World): Blocker | undefined {
  for (const id of dependsOn) {
    const state = world.dependency(id)
    if (state !== 'completed') return { kind: 'depends_on', id, state }
  }
  return undefined
}

/** What starts no agent needs no account and costs nothing. A hold lets nothing through until its end, then one task to try, and all others once that one got through. */
function held({ agent, wantsUsd }: Candidate, world: World): Blocker | undefined {
  if (agent === undefined) return undefined
  const hold = world.hold(agent)
  if (hold && hold.until > world.now) return { kind: 'hold', hold }
  const probe = hold && world.busy.find((one) => one.agent === agent && one.since >= hold.until)
  if (probe) return { kind: 'probe', agent, by: probe.taskId }
  const { budget } = world
  return budget && grant(budget, wantsUsd) === undefined ? { kind: 'daily_budget', budget } : undefined
}

/** Writers have a directory to themselves; readers share it. */
function directoryInUse({ directory, writes }: Candidate, world: World): Blocker | undefined {
  if (directory === undefined) return undefined
  const use = world.busy.find((one) => one.directory === directory && (one.writes || writes))
  return use && { kind: 'directory', path: directory, by: use.taskId }
}

/** Whether a task with that blocker, or none, starts by itself within so many milliseconds; a start time that its file names does not count. */
export function startsSoon({ begun }: Pick<Candidate, 'begun'>, blocker: Blocker | undefined, now: number, withinMs: number): boolean {
  if (!blocker || blocker.kind === 'storage') return true
  if (blocker.kind === 'not_before') return begun
  return blocker.kind === 'hold' && endsSoon(blocker.hold, now, withinMs)
}

/** The reason as a sentence for a person. */
export function describeBlocker(blocker: Blocker, now: number): string {
  switch (blocker.kind) {
    case 'paused':
      return 'the queue is paused; `orchestrator resume` opens it'
    case 'storage':
      return `the home cannot be written: ${blocker.problem}`
    case 'not_before':
      return `it does not start before ${momentOf(blocker.until)}`
    case 'depends_on':
      return DEPENDENCY[blocker.state](blocker.id)
    case 'hold':
      return describeHold(blocker.hold, now)
    case 'probe':
      return `${blocker.by} tries whether ${blocker.agent} works again`
    case 'daily_budget': {
      const { limitUsd, leftUsd, until } = blocker.budget
      return `of the daily budget of $${limitUsd} only $${Math.max(0, leftUsd).toFixed(2)} is left; the next day begins in ${formatDuration(until - now)}`
    }
    case 'directory':
      return `${blocker.by} works in ${blocker.path}`
  }
}

/** A hold as a sentence for a person: whose, why, and until when. */
export function describeHold({ agent, code, message, until }: Hold, now: number): string {
  const end = until > now ? `until ${momentOf(until)} (${formatDuration(until - now)})` : 'until the next task has tried it'
  return `${agent} is held ${end}, ${code}: ${message}`
}

function momentOf(time: number): string {
  return formatMoment(new Date(time).toISOString())
}

const DEPENDENCY: Readonly<Record<DependencyState, (id: string) => string>> = {
  completed: (id) => `${id} is completed`,
  failed: (id) => `it depends on ${id}, which failed`,
  pending: (id) => `it depends on ${id}, which is not finished`,
  unknown: (id) => `it depends on ${id}, and no task of that id exists`,
}
