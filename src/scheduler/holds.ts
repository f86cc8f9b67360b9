import { z } from 'zod'
import type { ErrorCode } from '../domain/errors.ts'

/** Failures that are of the account and not of the task: whatever is started next would meet them too. */
export const HOLDING = ['usage_limit', 'rate_limited', 'overloaded', 'auth_failed', 'agent_missing'] as const
export type HoldingCode = (typeof HOLDING)[number]

/** Of these a run that meets them is no worse off: it goes on after the hold and is charged no retry. */
const FREE: readonly ErrorCode[] = ['usage_limit', 'rate_limited', 'daily_budget', 'agent_missing']

/** These pass by themselves; the others wait for a person. */
const PASSING: readonly HoldingCode[] = ['usage_limit', 'rate_limited', 'overloaded']

/** Milliseconds since the epoch; calendars go no further. */
const LAST_MOMENT = 8.64e15

/** Why nothing is started for one agent account at present, and until when. Kept in `.orchestrator/holds.json`. */
const holdSchema = z.strictObject({
  agent: z.string(),
  code: z.enum(HOLDING),
  message: z.string(),
  /** Milliseconds since the epoch. */
  since: z.number().min(0).max(LAST_MOMENT),
  until: z.number().min(0).max(LAST_MOMENT),
  /** How often in a row it was met, the probes included. */
  strikes: z.int().min(1),
  /** Milliseconds that it was to last; absent where the CLI named its end, which is a time of the world and not one of this clock. */
  planned: z.number().optional(),
})
export type Hold = z.infer<typeof holdSchema>

/** What `.orchestrator/holds.json` holds. */
export const holdsSchema = z.array(holdSchema)

/** How one attempt of an agent ended, as far as its account is concerned. */
export interface Experience {
  readonly agent: string
  /** When the attempt was started; milliseconds since the epoch. */
  readonly started: number
  /** Undefined where the account did its part, whatever became of the task. */
  readonly trouble: { readonly code: HoldingCode; readonly message: string; readonly resetsAt: number | undefined } | undefined
}

/** First wait and longest wait of a hold whose end nobody named, in milliseconds; it doubles with each strike. */
const WAITS: Readonly<Record<HoldingCode, readonly [first: number, longest: number]>> = {
  usage_limit: [5 * 60_000, 60 * 60_000],
  rate_limited: [2_000, 5 * 60_000],
  overloaded: [2_000, 5 * 60_000],
  auth_failed: [5 * 60_000, 60 * 60_000],
  agent_missing: [30_000, 10 * 60_000],
}

/** Reset times are sometimes named a little early; asking again at that very moment would only re-arm the hold. */
const RESET_MARGIN_MS = 2_000
/** A reset time further away than this is a mistake. */
const LONGEST_RESET_MS = 8 * 24 * 3_600_000

/** Whether a hold ends by itself within so many milliseconds. */
export function endsSoon({ code, until }: Hold, now: number, withinMs: number): boolean {
  return PASSING.includes(code) && until - now < withinMs
}

/** Whether a failure code holds the agent's account. */
export function isHolding(code: ErrorCode): code is HoldingCode {
  return (HOLDING as readonly string[]).includes(code)
}

/** Attempts that count against the retries of a run: all but those that only met a limit of the account, ended with a question, or whose work a verify command refused. */
export function chargedAttempts(attempts: readonly { readonly outcome: string | null }[]): number {
  const free: readonly string[] = [...FREE, 'auth_failed', 'parked', 'verify_failed']
  return attempts.filter(({ outcome }) => outcome === null || !free.includes(outcome)).length
}

/** Whether a run that met this goes on later as if it had not been tried; what tries for the backlog whether a login works does not fail for it. */
export function isFree(code: ErrorCode, isProbe: boolean): boolean {
  return FREE.includes(code) || (isProbe && code === 'auth_failed')
}

/**
 * The hold of an account after an experience; undefined where there is none. Attempts that were under way when a hold struck neither lift
 * it nor count as a further strike, though what they met may last longer. Only what was started after its end does.
 */
export function learn(hold: Hold | undefined, { agent, started, trouble }: Experience, now: number): Hold | undefined {
  const isProbe = hold === undefined || started >= hold.until
  if (!trouble) return isProbe ? undefined : hold
  const { code, message, resetsAt } = trouble
  const strikes = hold === undefined ? 1 : isProbe ? hold.strikes + 1 : hold.strikes
  const end = resetsAt !== undefined && resetsAt > now && resetsAt - now < LONGEST_RESET_MS ? resetsAt + RESET_MARGIN_MS : undefined
  const planned = waitOf(code, strikes)
  const until = end ?? now + planned
  if (!isProbe && until <= hold.until) return hold
  return { agent, code, message, since: hold?.since ?? now, until, strikes, ...(end === undefined && { planned }) }
}

/** The hold by a clock that may have been set back: from then on it lasts no longer than it was planned to last in all. */
export function byClock(hold: Hold, now: number): Hold {
  const { planned, until } = hold
  return planned !== undefined && until - now > planned ? { ...hold, until: now + planned } : hold
}

function waitOf(code: HoldingCode, strikes: number): number {
  const [first, longest] = WAITS[code]
  return Math.min(first * 2 ** Math.min(strikes - 1, 30), longest)
}
