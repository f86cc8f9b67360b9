import { type AttemptRecord, modelTurnsOf, type RunRecord } from '../domain/run.ts'
import { committedUsd } from '../domain/set-aside.ts'
import { floorUsd } from '../domain/usd.ts'
import type { Choices } from './choices.ts'

/** What a run may still use. Work that was handed back by a verify command goes on with what is left; a retry gets turns and time anew. */
export interface Remaining {
  /** Agent turns; undefined where there is no limit. */
  readonly turns: number | undefined
  /** Wall-clock time of the agent in milliseconds. */
  readonly timeMs: number
  /** US dollars over all attempts; undefined where there is no limit. */
  readonly usd: number | undefined
  /** How often a failed verify may still be handed back. */
  readonly fixes: number
}

/** What is left of the limits of a run after its attempts so far. */
export function remainingOf(record: Pick<RunRecord, 'attempts' | 'set_aside'>, choices: Choices): Remaining {
  const { attempts } = record
  const refused = attempts.filter(({ outcome }) => outcome === 'verify_failed')
  const turns = refused.reduce((sum, attempt) => sum + (modelTurnsOf(attempt) ?? 0), 0)
  const timeMs = refused.reduce((sum, attempt) => sum + workedMs(attempt), 0)
  return {
    turns: choices.maxTurns === 0 ? undefined : choices.maxTurns - turns,
    timeMs: choices.timeoutMs - timeMs,
    usd: choices.budgetUsd === undefined ? undefined : floorUsd(choices.budgetUsd - committedUsd(record)),
    fixes: choices.fixAttempts - refused.length,
  }
}

/** Whether a failed verify of the newest attempt goes back to the agent: it may be asked again, and has something left to work with. */
export function mayFix(record: Pick<RunRecord, 'attempts' | 'set_aside'>, choices: Choices): boolean {
  const { turns, timeMs, usd, fixes } = remainingOf(record, choices)
  return fixes >= 0 && timeMs > 0 && (turns ?? 1) > 0 && (usd ?? 1) > 0
}

function workedMs({ started, finished, verify_ms, waited_ms = 0, idle_ms = 0 }: AttemptRecord): number {
  return finished === null ? 0 : Math.max(0, Date.parse(finished) - Date.parse(started) - (verify_ms ?? 0) - waited_ms - idle_ms)
}
