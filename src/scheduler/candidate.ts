import type { Priority } from '../domain/task.ts'

/** A task that could be started, as far as ordering and readiness need to know it. Times are milliseconds since the epoch. */
export interface Candidate {
  /** Unique in the queue: the name of a queued file, or the task id of a run that goes on. */
  readonly key: string
  readonly taskId: string
  readonly priority: Priority
  readonly created: number
  /** Since when it lies in the queue. */
  readonly arrived: number
  readonly notBefore: number | undefined
  readonly dependsOn: readonly string[]
  /** Real path of the directory it works in; undefined where that cannot be told, and the attempt will say why. */
  readonly directory: string | undefined
  readonly writes: boolean
  /** Name of the agent that will do it; undefined where none is to be started. */
  readonly agent: string | undefined
  /** What it may still spend by its own budget, in US dollars; undefined where it has none. */
  readonly wantsUsd: number | undefined
  /** True for a run that was begun before: a retry, or one that was interrupted. */
  readonly begun: boolean
  /** How often a fault of ours kept its file from being claimed since the start; left out where none did. */
  readonly brokeOff?: number
}

const RANK: Readonly<Record<Priority, number>> = { high: 0, medium: 1, low: 2 }

/** The order of start: runs that were begun, then priority, then age, then name. Negative where `a` goes first. */
export function compare(a: Candidate, b: Candidate): number {
  return (
    Number(b.begun) - Number(a.begun) ||
    RANK[a.priority] - RANK[b.priority] ||
    a.created - b.created ||
    (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)
  )
}
