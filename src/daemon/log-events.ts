import type { EventSource, LoggedEvent } from '../domain/events.ts'
import type { Logger } from '../telemetry/logger.ts'

/** Writes what happens into the log for people, each event with its particulars; what failed or was turned away as a warning. */
export function logEvents(events: EventSource, log: Logger): void {
  events.onEvent((event) => {
    const words = event.event.replaceAll('_', ' ')
    const fields = fieldsOf(event)
    if (isTrouble(event)) log.warn(words, fields)
    else if (isDetail(event)) log.debug(words, fields)
    else log.info(words, fields)
  })
}

/** What a person wants to know of an event: without its time and name, which stand there already, and what is not known. */
function fieldsOf(event: LoggedEvent): Record<string, unknown> {
  const fields = Object.entries(event).map(([name, value]) => [name === 'task_id' ? 'task' : name, value] as const)
  return Object.fromEntries(fields.filter(([name, value]) => !LEFT_OUT.has(name) && value !== null))
}

const LEFT_OUT = new Set(['ts', 'event', 'run_id'])

function isTrouble(event: LoggedEvent): boolean {
  return ['task_rejected', 'retry', 'config_edit_waits'].includes(event.event) || ('status' in event && event.status === 'failed')
}

function isDetail(event: LoggedEvent): boolean {
  return event.event === 'summarized' || event.event === 'validated' || event.event === 'parsed' || event.event === 'artifacts_written'
}
