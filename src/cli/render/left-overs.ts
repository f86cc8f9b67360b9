import { questionWords } from '../../control/words/question-words.ts'
import type { Ended } from '../../daemon/daemon.ts'

/** A task that a daemon did not bring to its end, and why. */
export interface LeftOver {
  readonly id: string
  readonly reason: string
}

/** More than these nobody reads. */
const MOST = 20

/** The first of what is still queued or waits for a person, and how many there are more. */
export function leftOvers({ left, waiting, status }: Ended): { readonly told: readonly LeftOver[]; readonly more: number } {
  const queued = status.queued.map(({ id, waitsFor }) => ({ id, reason: `waits: ${waitsFor ?? 'for a free slot'}` }))
  const asking = status.waiting.map(({ id, questions }) => {
    return { id, reason: `waits for an answer to ${questions.map(questionWords).join(', and to ')}` }
  })
  const told = [...asking, ...queued].slice(0, MOST)
  return { told, more: left + waiting - told.length }
}
