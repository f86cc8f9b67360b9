import type { TaskResult } from '../domain/result.ts'
import { cutTo, printable } from '../lib/printable.ts'
import { outcomeFacts, workFacts } from './summary-facts.ts'
import { plainLines, withoutFacts } from './summary-words.ts'

const MAX_LINES = 10
const MAX_STORY = 800
const MAX_LINE = 200
/** A story shorter than this is not worth giving up the blank lines around it, and the beginning of a line is not worth reading. */
const MIN_LINES = 2
const MIN_CUT = 40

/**
 * A summary for a person on a phone, from the result alone: how it ended, what it took, what the agent said, what changed.
 * At most ten lines, blank ones included.
 */
export function templateSummary(result: TaskResult): string {
  return page(frameOf(result))
}

/**
 * The same page with a text that a model wrote in place of what the agent said, and never longer. The model words the story; how the run
 * ended, what it cost and what changed is from the result. Where its words leave nothing to read, the page is the template's.
 */
export function wordedSummary(result: TaskResult, words: string): string {
  const frame = frameOf(result)
  const story = fitted(withoutFacts(plainLines(words)), { lines: frame.story.length, characters: frame.story.join('\n').length })
  return page(story.length > 0 ? { ...frame, story } : frame)
}

/** The facts of a page and the story between them. */
interface Frame {
  readonly outcome: readonly string[]
  readonly story: readonly string[]
  readonly work: readonly string[]
  /** Whether blank lines part the three. */
  readonly airy: boolean
}

function frameOf(result: TaskResult): Frame {
  const outcome = outcomeFacts(result)
  const work = workFacts(result)
  const said = printable(result.output.trimStart().slice(0, 8 * MAX_STORY))
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '')
  const room = MAX_LINES - outcome.length - work.length
  const blanks = [said, work].filter((lines) => lines.length > 0).length
  const airy = room - blanks >= Math.min(said.length, MIN_LINES)
  const story = fitted(said, { lines: airy ? room - blanks : room, characters: MAX_STORY })
  return { outcome, story, work, airy }
}

function page({ outcome, story, work, airy }: Frame): string {
  const parts = [outcome, story, work].filter((lines) => lines.length > 0).map((lines) => lines.join('\n'))
  return `${parts.join(airy ? '\n\n' : '\n')}\n`
}

/** The beginning of a text within so many lines and characters; `…` at its end says that there was more. Empty where only a stump would fit. */
function fitted(lines: readonly string[], room: { readonly lines: number; readonly characters: number }): string[] {
  const kept: string[] = []
  let left = room.characters
  for (const line of lines.slice(0, room.lines)) {
    const whole = cutTo(line, MAX_LINE)
    if (whole.length > left) {
      if (left >= MIN_CUT) kept.push(cutTo(whole, left))
      break
    }
    kept.push(whole)
    left -= whole.length + 1
  }
  const last = kept.pop()
  if (last === undefined) return []
  const isCut = kept.length + 1 < lines.length && !last.endsWith('…')
  return [...kept, isCut ? cutTo(`${last} …`, Math.min(MAX_LINE, last.length + Math.max(0, left + 1))) : last]
}
