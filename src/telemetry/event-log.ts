import type { LoggedEvent } from '../domain/events.ts'
import { AppendFile } from '../lib/append-file.ts'

/** How the event log is kept. */
export interface EventLogOptions {
  /** `logs/events.ndjson`: always the current file; earlier ones are `events.1.ndjson` and so on. */
  readonly path: string
  /** Told when events cannot be written, and when some were lost. */
  onProblem(message: string): void
  readonly maxBytes?: number
  readonly keep?: number
}

/** Writes what the bus tells to `logs/events.ndjson`. */
export interface EventLog extends AsyncDisposable {
  /** Writes one event at once; a listener for the bus. */
  readonly append: (event: LoggedEvent) => void
  /** Settles when every event told so far is on disk, or has been reported as a problem; never rejects. */
  flush(): Promise<void>
}

/** Opens the log at its first event. */
export function createEventLog({ path, onProblem, maxBytes = 10 * 1024 * 1024, keep = 3 }: EventLogOptions): EventLog {
  const file = new AppendFile(path, { maxBytes, keep, onProblem })
  return {
    append: (event) => file.append(JSON.stringify(event)),
    flush: () => file.flush(),
    [Symbol.asyncDispose]: () => file[Symbol.asyncDispose](),
  }
}
