import { format, parse } from 'node:path'
import type { LoggedEvent } from '../../domain/events.ts'
import { readLastLines } from '../../lib/tail.ts'

/** How many lines are read from the end of a file first; ten times as many each time that was not enough. */
const FIRST_LOOK = 200

/**
 * The last `count` events that are wanted, oldest first, from the current log and, as far as needed, from the earlier ones. `marks` are
 * texts of which a wanted line has one: other lines are not even parsed.
 */
export function lastEvents(
  path: string,
  count: number,
  wanted: (event: LoggedEvent) => boolean = () => true,
  marks: readonly string[] = [''],
): LoggedEvent[] {
  const found: LoggedEvent[] = []
  for (let number = 0; found.length < count; number++) {
    const file = number === 0 ? path : numbered(path, number)
    const events = lastOf(file, count - found.length, wanted, marks)
    if (events === undefined && number > 0) break
    found.unshift(...(events ?? []))
  }
  return found
}

/** One line of the log; undefined for what is torn or no event. */
export function readEvent(line: string): LoggedEvent | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return isEvent(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** Undefined where the file has no lines, such as one that does not exist. */
function lastOf(file: string, count: number, wanted: (event: LoggedEvent) => boolean, marks: readonly string[]): LoggedEvent[] | undefined {
  for (let look = Math.max(FIRST_LOOK, count); ; look *= 10) {
    const lines = readLastLines(file, look)
    if (lines.length === 0) return undefined
    const events: LoggedEvent[] = []
    for (let index = lines.length - 1; index >= 0 && events.length < count; index--) {
      const line = lines[index] ?? ''
      const event = marks.some((mark) => line.includes(mark)) ? readEvent(line) : undefined
      if (event && wanted(event)) events.push(event)
    }
    if (events.length === count || lines.length < look) return events.reverse()
  }
}

function isEvent(value: unknown): value is LoggedEvent {
  return typeof value === 'object' && value !== null && 'ts' in value && 'event' in value && typeof value.event === 'string'
}

function numbered(path: string, number: number): string {
  const { dir, name, ext } = parse(path)
  return format({ dir, name: `${name}.${number}`, ext })
}
