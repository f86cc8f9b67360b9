/** Control characters, and marks of writing direction. */
const STEERING = /[^\P{Cc}\n\t]|[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu

/** Particulars of a log line. `task` is shown in brackets before the message, an `Error` with its stack below it, all else as `key=value`. */
export type LogFields = Readonly<Record<string, unknown>>

/** Characters; nobody reads more of one line. */
const LONGEST = 65_536

/** One line of the log before it is text. */
export interface LogRecord {
  /** Milliseconds since the epoch. */
  readonly time: number
  readonly level: string
  readonly message: string
  readonly fields: LogFields
}

/**
 * A line for people in the time of this machine: `2026-11-21 01:02:03 INFO  [task] message key=value`. Texts of several
 * lines follow below, indented; control characters are left out, since agents write much of what is logged.
 */
export function renderLogLine({ time, level, message, fields: { task, ...fields } }: LogRecord): string {
  const start = new Date(time)
  const local = new Date(time - start.getTimezoneOffset() * 60_000).toISOString().slice(0, 19).replace('T', ' ')
  const about = typeof task === 'string' ? ` [${task}]` : ''
  const pairs = Object.entries(fields).map(([key, value]) => (isLong(value) ? `\n${key}: ${value}` : ` ${key}=${shown(value)}`))
  const whole = `${local} ${level.toUpperCase().padEnd(5)}${about} ${message}${pairs.sort(longLast).join('')}`
  const text = whole.length > LONGEST ? `${whole.slice(0, LONGEST)}…` : whole
  return `${text.replace(STEERING, '').replaceAll('\n', '\n    ')}\n`
}

function isLong(value: unknown): value is string {
  return typeof value === 'string' && value.includes('\n')
}

function longLast(one: string, other: string): number {
  return Number(one.startsWith('\n')) - Number(other.startsWith('\n'))
}

function shown(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value) ?? String(value)
  return value === '' || /[\s"=]/.test(value) ? JSON.stringify(value) : value
}
