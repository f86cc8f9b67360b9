import { basename } from 'node:path'
import type { LoggedEvent } from '../../domain/events.ts'
import { formatDuration } from '../../lib/duration.ts'
import { formatMoment } from '../../lib/moment.ts'
import { type Effort, formatEffort } from './effort.ts'
import { exitWords } from './exit-words.ts'

/** What an event says: its mark, the colour in which it is told, and the words. */
export interface Account {
  readonly mark: string
  readonly color: 'green' | 'red' | 'yellow' | 'cyan' | 'dim'
  readonly words: string
}

/** An event in words for a person. `effort` is what the whole run took, for its last event; the event itself does not say it. */
export function accountOf(event: LoggedEvent, effort?: Effort): Account {
  switch (event.event) {
    case 'task_received':
      return quiet(`received ${event.file}`)
    case 'parsed':
      return quiet(`${event.title} (${[event.type, event.priority].join(', ')}${inferred(event.inferred)})`)
    case 'retry':
      return {
        mark: '↻',
        color: 'yellow',
        words: `attempt ${event.attempt} ${event.delay_ms > 0 ? `in ${formatDuration(event.delay_ms)}` : 'now'}, after ${event.code}`,
      }
    case 'verified':
      return event.exit_code === 0 ? quiet(`verified: ${event.command}`) : { mark: '✖', color: 'red', words: failedWords(event) }
    case 'summarized':
      return quiet(`summary by ${event.by}`)
    case 'validated':
      return quiet('result checked')
    case 'artifacts_written':
      return quiet(`wrote ${basename(event.result)} and ${basename(event.summary)}`)
    case 'task_archived':
      return archived(event, effort)
    case 'recovered':
      return {
        mark: '↻',
        color: 'yellow',
        words: RECOVERED[event.what],
      }
    case 'interrupted':
      return { mark: '⚠', color: 'yellow', words: `interrupted in attempt ${event.attempt}; it goes on at the next start` }
    case 'asked': {
      const options = event.options.length === 0 ? '' : ` (${event.options.join(' | ')})`
      return { mark: '?', color: 'yellow', words: `asks: ${event.text}${options} → orchestrator answer ${event.task_id} "…"` }
    }
    case 'answered':
      return { mark: '▶', color: 'cyan', words: `answered by ${event.by}: ${event.answer}` }
    case 'question_expired': {
      const taken = event.applied === null ? 'it has no default' : `its default is taken: ${event.applied}`
      return { mark: '⚠', color: 'yellow', words: `nobody answered in time; ${taken}` }
    }
    case 'parked':
      return { mark: '?', color: 'yellow', words: 'waits for an answer' }
    case 'noted':
      return { mark: '›', color: 'cyan', words: event.text }
    case 'task_rejected':
      return { mark: '✖', color: 'red', words: `rejected: ${event.code} · ${event.message}` }
    case 'daemon_started':
      return quiet('version' in event ? `started: process ${event.pid}, version ${event.version}` : 'started')
    case 'daemon_stopped':
      return quiet(`stopped: ${event.reason}`)
    case 'paused':
      return { mark: '⚠', color: 'yellow', words: `paused by ${event.by}` }
    case 'resumed':
      return { mark: '▶', color: 'cyan', words: `resumed by ${event.by}` }
    case 'agent_held':
      return {
        mark: '⚠',
        color: 'yellow',
        words: `${event.agent} is held until ${formatMoment(event.until)}: ${event.code} · ${event.message}`,
      }
    case 'agent_released':
      return { mark: '▶', color: 'cyan', words: `${event.agent} works again` }
    case 'config_reloaded':
      return quiet(`configuration reloaded: ${event.changed.join(', ')}`)
    case 'config_edit_waits':
      return { mark: '⚠', color: 'yellow', words: waitingEdits(event.waiting) }
    default:
      return ofAttempt(event)
  }
}

/** What of an edit of the configuration waits, and the way out. The names may be those of an agent. */
export function waitingEdits(names: readonly string[]): string {
  const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : ''
  return `an edit of the configuration waits: ${names.slice(0, NAMED).join(', ')}${more} → read it, then orchestrator reload`
}

const NAMED = 12

function failedWords({ command, exit_code: code, duration_ms: durationMs }: LoggedEvent & { event: 'verified' }): string {
  return `${command}: ${exitWords(code)} after ${formatDuration(durationMs)}`
}

/** The ends of a run; a failure is named by its code, which `docs/errors.md` explains. */
function archived({ status, code }: LoggedEvent & { event: 'task_archived' }, effort: Effort | undefined): Account {
  const words = [status, status === 'failed' && code ? code : '', effort ? formatEffort(effort) : ''].filter(Boolean).join(' · ')
  if (status === 'completed') return { mark: '✔', color: 'green', words }
  return status === 'failed' ? { mark: '✖', color: 'red', words } : { mark: '■', color: 'yellow', words }
}

/** `<agent>_started` and `<agent>_finished`; any other event is of a newer version and says its name. */
function ofAttempt(event: LoggedEvent): Account {
  const agent = event.event.replace(/_(started|finished)$/, '')
  if ('cwd' in event) {
    return { mark: '▶', color: 'cyan', words: `${agent} started${event.attempt > 1 ? `, attempt ${event.attempt}` : ''} in ${event.cwd}` }
  }
  if (!('outcome' in event)) return quiet(event.event)
  const { outcome, duration_ms: durationMs, turns, cost_usd: costUsd } = event
  const words = `${agent}: ${outcome} · ${formatEffort({ durationMs, turns, costUsd })}`
  return outcome === 'completed' ? quiet(words) : { mark: '⚠', color: 'yellow', words }
}

const RECOVERED = {
  archived: 'had its result; archived',
  worked: 'was interrupted after its agent; its work is judged now',
  interrupted: 'was interrupted; it goes on',
}

function quiet(words: string): Account {
  return { mark: '·', color: 'dim', words }
}

function inferred(fields: readonly string[]): string {
  return fields.length === 0 ? '' : `; inferred: ${fields.join(', ')}`
}
