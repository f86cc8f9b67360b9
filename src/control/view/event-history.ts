import { format, parse } from 'node:path'
import type { LoggedEvent } from '../../domain/events.ts'
import { linesFromEnd } from '../../lib/tail.ts'

/** Bytes of the logs that are looked through, whatever they have grown to, and of the events that are kept of them. */
const LOOKED_THROUGH = 64 * 1024 * 1024
const KEPT = 16 * 1024 * 1024

/**
 * The last `count` events that are wanted, oldest first, from the current log and, as far as needed, from the earlier ones; only the
 * newest 64 MiB are looked through. `marks` are texts of which a wanted line has one: other lines are not even parsed.
 */
export function lastEvents(
  path: string,
  count: number,
  wanted: (event: LoggedEvent) => boolean = () => true,
  marks: readonly string[] = [''],
): LoggedEvent[] {
  const found: LoggedEvent[] = []
  let unread = LOOKED_THROUGH
  let room = KEPT
  for (let number = 0; found.length < count && unread > 0 && room > 0; number++) {
    let isEmpty = true
    for (const line of linesIn(number === 0 ? path : numbered(path, number), unread)) {
      isEmpty = false
      unread -= line.length + 1
      const event = marks.some((mark) => line.includes(mark)) ? readEvent(line) : undefined
      if (!event || !wanted(event)) continue
      found.push(event)
      room -= line.length
      if (found.length === count || room <= 0) break
    }
    if (isEmpty && number > 0) break
  }
  return found.reverse()
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

/** What cannot be read says nothing: a directory in the place of the log is none. */
function* linesIn(file: string, mostBytes: number): Generator<string, void> {
  try {
    yield* linesFromEnd(file, mostBytes)
  } catch {
    // nobody can tell what happened
  }
}

function isEvent(value: unknown): value is LoggedEvent {
  if (typeof value !== 'object' || value === null || !('ts' in value) || !('event' in value)) return false
  return typeof value.event === 'string' && typeof value.ts === 'string' && !Number.isNaN(Date.parse(value.ts))
}

function numbered(path: string, number: number): string {
  const { dir, name, ext } = parse(path)
  return format({ dir, name: `${name}.${number}`, ext })
}
