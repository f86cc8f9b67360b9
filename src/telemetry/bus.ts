import type { EventSink, EventSource, LoggedEvent, Progress } from '../domain/events.ts'
import { EVENT_FIELDS, NO_FIELDS } from '../domain/named-fields.ts'
import { maskFields, REDACTED, type Redactor } from '../lib/redact.ts'

/** How a bus behaves. */
export interface BusOptions {
  /** Masks secrets in every text of an event and of progress, for all listeners at once: what a terminal and the step summary of CI show is a log as well. */
  readonly redact: Redactor
  /** Hears of a listener that threw; the others are told all the same. */
  onError(error: unknown): void
  readonly now?: () => Date
}

/**
 * Where news is told and heard. Every listener hears everything in the same order, also what a listener tells while it is being told,
 * and before the teller goes on unless the teller is itself a listener.
 */
export function createBus({ redact, onError, now = () => new Date() }: BusOptions): EventSource & EventSink {
  const eventListeners = new Set<(event: LoggedEvent) => void>()
  const progressListeners = new Set<(progress: Progress) => void>()
  const waiting: (() => void)[] = []
  let delivering = false

  function deliver<News>(listeners: ReadonlySet<(news: News) => void>, news: News): void {
    waiting.push(() => {
      for (const listener of [...listeners]) attempt(() => listener(news))
    })
    if (delivering) return
    delivering = true
    try {
      for (let tell = waiting.shift(); tell !== undefined; tell = waiting.shift()) tell()
    } finally {
      delivering = false
    }
  }

  function attempt(action: () => void): void {
    try {
      action()
    } catch (error) {
      onError(error)
    }
  }

  /** What cannot be masked is told without its texts, so that nobody misses that it happened. */
  function masked(event: LoggedEvent): LoggedEvent {
    try {
      return maskFields(redact, event, EVENT_FIELDS)
    } catch (error) {
      attempt(() => onError(error))
      return maskFields(() => REDACTED, event, { ids: new Set([...EVENT_FIELDS.ids, 'to']), names: new Set() })
    }
  }

  return {
    onEvent: (listener) => subscribe(eventListeners, listener),
    onProgress: (listener) => subscribe(progressListeners, listener),
    event: (event) => deliver(eventListeners, masked({ ts: now().toISOString(), ...event })),
    progress: (progress) => deliver(progressListeners, { ...progress, activity: maskedActivity(redact, progress.activity) }),
  }
}

/** The names of tools are text like all else that an agent says. */
function maskedActivity(redact: Redactor, activity: Progress['activity']): Progress['activity'] {
  if (activity.kind === 'session') return activity
  return { ...maskFields(redact, activity, NO_FIELDS), kind: activity.kind } as Progress['activity']
}

/** The same function subscribed twice is told twice. */
function subscribe<News>(listeners: Set<(news: News) => void>, listener: (news: News) => void): Disposable {
  const own = (news: News) => listener(news)
  listeners.add(own)
  return { [Symbol.dispose]: () => void listeners.delete(own) }
}
