import {
  type AgentEvent,
  type AttemptEnd,
  type AttemptOutcome,
  cancelledBy,
  NO_REPORT,
  STOP_CODES,
  type StopCause,
} from '../domain/attempt.ts'
import { failure } from '../domain/errors.ts'
import { formatDuration } from '../lib/duration.ts'
import { maskedEnd, type PieceMask, withoutCutEnd } from '../lib/mask-lines.ts'
import { CUT_MARK } from '../lib/ndjson-lines.ts'
import { namesMasked, type Redactor } from '../lib/redact.ts'
import type { ProcessExit, Running } from '../lib/running.ts'
import { wordsOf } from '../lib/words-of.ts'
import type { CutMark } from './cut-middle.ts'
import { Stop } from './stop.ts'
import { Transcript } from './transcript.ts'
import { type Limits, Watchdogs } from './watchdogs.ts'

/** Makes sense of the output of one process. */
export interface LineReader {
  line(text: string): readonly AgentEvent[]
  end(exit: ProcessExit): AttemptOutcome
}

/** One process to watch, from its first byte to its end. */
export interface Supervision {
  readonly running: Running
  readonly reader: LineReader
  readonly limits: Limits & {
    /** From SIGTERM to SIGKILL, in milliseconds; 10 s unless said. */
    readonly termGraceMs?: number
  }
  /** File that the raw output is appended to. */
  readonly transcript: string
  /** Stands in it for what is left out of a long one; a line of JSON where left out. */
  readonly transcriptMark?: CutMark
  /** Masks each line before anybody reads it, and so before anything is cut. */
  readonly maskLine: PieceMask
  /** Masks what else the process leaves. */
  readonly redact: Redactor
  readonly onEvent: (event: AgentEvent) => void
  /** Ends the process; its reason is a `StopReason`. */
  readonly signal: AbortSignal
}

const TERM_GRACE_MS = 10_000

/** Characters of standard error that are made use of. */
const STDERR_KEPT = 4096

/**
 * Watches a process to its end, whatever end that is, and sees to it that nothing of it is left. It is ended by us at a limit
 * or by the signal: SIGTERM to the agent, later SIGKILL to everything. The first cause decides the outcome, except that a
 * result which had come before it counts. A transcript that cannot be written is a warning in the report.
 */
export async function supervise({
  running,
  reader,
  limits,
  transcript: path,
  transcriptMark,
  maskLine,
  redact,
  onEvent,
  signal,
}: Supervision): Promise<AttemptEnd> {
  const transcript = new Transcript(path, transcriptMark)
  const stop = new Stop(running, limits.termGraceMs ?? TERM_GRACE_MS)
  const watchdogs = new Watchdogs(limits, (cause) => stop.now({ cause }))
  const abort = () => stop.now(signal.reason)
  signal.addEventListener('abort', abort)
  if (signal.aborted) abort()
  try {
    for await (const raw of running.stdout) {
      watchdogs.heard()
      const line = withoutCutEnd(maskLine(raw), CUT_MARK)
      transcript.write(line)
      for (const event of eventsIn(line, reader)) {
        // The cost is told after the result; anything else means that the agent went on working.
        if (event.kind !== 'cost') stop.resultStands = event.kind === 'result'
        watchdogs.ending(stop.resultStands)
        onEvent(event)
      }
    }
    const end = judge(reader, maskedExit(await running.exited, redact), stop, limits)
    transcript.close()
    return transcript.problem === undefined ? end : withWarning(end, transcript.problem)
  } finally {
    signal.removeEventListener('abort', abort)
    watchdogs.close()
    transcript.close()
    await stop.finish()
  }
}

/** Errors may hold anything; of a cut beginning the half of a secret may be left. */
function maskedExit(exit: ProcessExit, redact: Redactor): ProcessExit {
  const { stderr, startError } = exit
  const end = maskedEnd(redact, stderr, { most: STDERR_KEPT, isCut: stderr.length > STDERR_KEPT })
  return { ...exit, stderr: end, ...(startError && { startError: { ...startError, message: namesMasked(redact, startError.message) } }) }
}

function judge(reader: LineReader, exit: ProcessExit, { reason, afterResult }: Stop, limits: Limits): AttemptEnd {
  if (reason === undefined) return endOf(reader, exit)
  const { cause } = reason
  // The exit status is of our making, so that the result alone is judged.
  if (cause === 'result_exit' || afterResult) return endOf(reader, { ...exit, code: 0, signal: undefined })
  const { report } = endOf(reader, exit)
  if (cause === 'drain') return { ok: undefined, started: true, report }
  return { ok: false, failure: failure(STOP_CODES[cause], inWords(cause, reason.by, limits)), report }
}

/** A line that the reader stumbles over means nothing, like one that it does not know: it stands in the transcript. */
function eventsIn(line: string, reader: LineReader): readonly AgentEvent[] {
  try {
    return reader.line(line)
  } catch {
    return []
  }
}

/** An agent whose end cannot be made sense of has ended all the same, and is not started again for that. */
function endOf(reader: LineReader, exit: ProcessExit): AttemptOutcome {
  try {
    return reader.end(exit)
  } catch (error) {
    const why = wordsOf(error)
    return { ok: false, failure: failure('broke_off', `What the agent told at its end cannot be read: ${why}`), report: NO_REPORT }
  }
}

function inWords(cause: Exclude<StopCause, 'drain'>, by: string | undefined, limits: Limits): string | undefined {
  switch (cause) {
    case 'cancelled':
      return cancelledBy(by)
    case 'unanswered':
      return undefined
    case 'timeout':
      return `The agent was still at work after ${formatDuration(limits.timeoutMs)}.`
    case 'no_output':
      return `The agent printed nothing within ${formatDuration(limits.startMs)} of its start.`
    case 'silent':
      return `The agent printed nothing for ${formatDuration(limits.idleMs)}.`
  }
}

function withWarning(end: AttemptEnd, warning: string): AttemptEnd {
  return { ...end, report: { ...end.report, warnings: [...end.report.warnings, warning] } }
}
