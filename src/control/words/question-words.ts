import { formatMoment } from '../../lib/moment.ts'
import type { OpenQuestion } from '../protocol.ts'

/** A question with what it offers and how long it can be answered, in one line. */
export function questionWords({ text, options, default: fallback, deadline }: OpenQuestion): string {
  const offered = options.length === 0 ? '' : ` (${options.join(' | ')})`
  const taken = fallback === null ? 'the task fails' : `"${fallback}" is taken`
  return `"${text}"${offered}${deadline === null ? '' : ` until ${formatMoment(deadline)}, when ${taken}`}`
}
