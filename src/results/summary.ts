import { stripVTControlCharacters } from 'node:util'
import type { TaskResult } from '../domain/result.ts'
import { formatDuration } from '../lib/duration.ts'

const MAX_LINES = 8
const MAX_WORDED_LINES = 10
const MAX_TEXT = 800
const MAX_LINE = 200
const MAX_FILES = 3

const SIGNS = { completed: '✔', failed: '✖', cancelled: '■' } as const

/** A summary for a person on a phone, from the result alone: how it ended, what it took, what the agent said, what changed. */
export function templateSummary(result: TaskResult): string {
  return page(result, firstLines(result.output, MAX_LINES))
}

/** The same facts around a text that a model wrote: it words the story and cannot change how the run ended. */
export function wordedSummary(result: TaskResult, words: string): string {
  return page(result, firstLines(words, MAX_WORDED_LINES))
}

function page(result: TaskResult, story: readonly string[]): string {
  const parts = [headOf(result), failureOf(result), story, changesOf(result)]
  const blocks = parts.filter((lines) => lines.length > 0).map((lines) => lines.join('\n'))
  return `${blocks.join('\n\n')}\n`
}

function headOf({ status, title, demo, timings, turns, cost_usd, agent, model }: TaskResult): string[] {
  const facts = [
    formatDuration(timings.worked_ms),
    turns === null ? undefined : `${turns} ${turns === 1 ? 'turn' : 'turns'}`,
    cost_usd === null ? undefined : dollars(cost_usd),
    model === null ? agent : `${agent} (${model})`,
  ]
  const headline = `${SIGNS[status]} ${status} · ${oneLine(title)}${demo ? ' (demo)' : ''}`
  return [headline, facts.filter((fact) => fact !== undefined).join(' · ')]
}

function failureOf({ status, failure }: TaskResult): string[] {
  if (!failure) return []
  const message = oneLine(failure.message)
  return [status === 'cancelled' ? message : `Failed: ${message}`, `→ ${oneLine(failure.hint)}`]
}

function changesOf({ files_changed: changes }: TaskResult): string[] {
  if (!changes?.length) return []
  const names = changes.slice(0, MAX_FILES).map(({ path }) => oneLine(path))
  const more = changes.length - names.length
  return [`Changed: ${names.join(', ')}${more > 0 ? ` (+${more} more)` : ''}`]
}

/** The beginning of a text without blank lines and control characters, cut at a line end. */
function firstLines(text: string, most: number): string[] {
  const lines = printable(text.slice(0, 4 * MAX_TEXT))
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '')
  const kept: string[] = []
  let room = MAX_TEXT
  for (const line of lines.slice(0, most)) {
    const short = cut(line)
    room -= short.length
    if (room < 0) break
    kept.push(short)
  }
  return kept.length < lines.length || text.length > 4 * MAX_TEXT ? [...kept, '…'] : kept
}

function oneLine(text: string): string {
  return cut(
    printable(text.slice(0, 4 * MAX_LINE))
      .replace(/\s+/g, ' ')
      .trim(),
  )
}

function cut(line: string): string {
  const characters = [...line]
  return characters.length > MAX_LINE ? `${characters.slice(0, MAX_LINE - 1).join('')}…` : line
}

/** Text that neither a terminal nor a phone takes for commands. */
function printable(text: string): string {
  return stripVTControlCharacters(text).replace(/(?![\n\t])\p{Cc}/gu, '')
}

function dollars(usd: number): string {
  return usd > 0 && usd < 0.005 ? '<$0.01' : `$${usd.toFixed(2)}`
}
