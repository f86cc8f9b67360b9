import type { Effort } from '../../control/words/effort.ts'
import { accountOf } from '../../control/words/event-words.ts'
import type { LoggedEvent } from '../../domain/events.ts'
import { formatClock } from '../../lib/moment.ts'
import type { Style } from './style.ts'
import { oneLine, pad } from './text.ts'

/** Ids are often about so long; longer ones push their words to the right. */
const SUBJECT_COLUMNS = 18

/**
 * An event as one readable line: local time, a mark, whom it is about, and the words. `effort` is what the whole run took, for its
 * last line; the event itself does not say it.
 */
export function eventLine(event: LoggedEvent, style: Style, effort?: Effort): string {
  const { mark, color, words } = accountOf(event, effort)
  const paint = style[color]
  const quiet = color === 'dim'
  const subject = pad(oneLine(subjectOf(event)), SUBJECT_COLUMNS)
  const said = oneLine(words)
  return [style.dim(formatClock(event.ts)), paint(mark), quiet ? subject : style.bold(subject), quiet ? style.dim(said) : said].join(' ')
}

function subjectOf(event: LoggedEvent): string {
  if ('task_id' in event) return event.task_id
  return event.event === 'task_rejected' ? event.file : 'daemon'
}
