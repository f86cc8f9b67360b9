import { oneLine } from '../../lib/printable.ts'

/** An object of parsed JSON, nothing known of what is in it. */
export type JsonObject = Readonly<Record<string, unknown>>

/** The value as an object; empty where it is none, so that reading on needs no check. */
export function object(value: unknown): JsonObject {
  return isObject(value) ? value : {}
}

/** The value as a list of objects; whatever else is in it is left out. */
export function objects(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : []
}

/** The longest text of an agent that goes into records and results; the transcript has all of it. */
const LONGEST_TEXT = 1_000_000
/** More than a name can have. */
const LONGEST_WORD = 200
/** Counts beyond this mean nothing; any number of smaller ones still has an exact sum. */
const LARGEST_COUNT = 1e12
/** US dollars; no process spends more. */
const LARGEST_COST = 1e6

/** The value as a string, if it is one: at most a million characters, none of them halved; what was cut is said at its end. */
export function string(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined
  const more = value.length - LONGEST_TEXT
  return (more > 0 ? `${value.slice(0, LONGEST_TEXT)}\n… [${more} more characters]` : value).toWellFormed()
}

/** The value as a name of something: one line of at most 200 characters. */
export function word(value: unknown): string | undefined {
  return typeof value === 'string' ? oneLine(value.slice(0, 4 * LONGEST_WORD).toWellFormed(), LONGEST_WORD) : undefined
}

/** The value as the name of a session, which is handed back to the agent as an argument. */
export function sessionName(value: unknown): string | undefined {
  return typeof value === 'string' && /^\w[\w.:-]{0,199}$/.test(value) ? value : undefined
}

/** The value as a finite number, if it is one. */
export function number(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}

/** The value as a whole number from 0 up to a million millions, if it is one. */
export function count(value: unknown): number | undefined {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) <= LARGEST_COUNT ? Number(value) : undefined
}

/** The value as an amount of US dollars that a process can have spent, if it is one. */
export function amount(value: unknown): number | undefined {
  const usd = number(value)
  return usd !== undefined && usd >= 0 && usd <= LARGEST_COST ? usd : undefined
}

/** Parses one line that should hold an object. */
export function parseObject(line: string): JsonObject | undefined {
  if (!line.includes('{')) return undefined
  try {
    const value: unknown = JSON.parse(line)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
