import type { TaskResult } from '../domain/result.ts'
import type { FileChange } from '../domain/run.ts'
import { formatDuration } from '../lib/duration.ts'
import { oneLine } from '../lib/printable.ts'

const MAX_LINE = 200
const MAX_NAME = 80
const MAX_NAMES = 3
/** For a comma and for how many more there are. */
const MORE_ROOM = 20

const SIGNS = { completed: '✔', failed: '✖', cancelled: '■' } as const

/** How a run ended, what it took, and what a person should know before they believe it; the most important first. */
export function outcomeFacts(result: TaskResult): string[] {
  return [headline(result), effort(result), ...reason(result), ...failedChecks(result), ...unmetCriteria(result), ...warning(result)]
}

/** What speaks for the work: checks that passed, criteria that are met and files that changed. */
export function workFacts(result: TaskResult): string[] {
  return [[...passedChecks(result), ...metCriteria(result)].join(' · '), ...changes(result)].filter((line) => line !== '')
}

function headline({ status, title, demo }: TaskResult): string {
  const sign = `${SIGNS[status]} ${status} · `
  const mark = demo ? ' (demo)' : ''
  return `${sign}${oneLine(title, MAX_LINE - sign.length - mark.length)}${mark}`
}

function effort({ timings, turns, cost_usd, agent, model }: TaskResult): string {
  const facts = [
    formatDuration(timings.worked_ms),
    turns === null ? undefined : `${turns} ${turns === 1 ? 'turn' : 'turns'}`,
    cost_usd === null ? undefined : dollars(cost_usd),
    model === null ? agent : `${agent} (${model})`,
  ]
  return oneLine(facts.filter((fact) => fact !== undefined).join(' · '), MAX_LINE)
}

function reason({ status, failure }: TaskResult): string[] {
  if (!failure) return []
  const { message, hint } = failure
  return [status === 'cancelled' ? message : `Failed: ${message}`, `→ ${hint}`].map((line) => oneLine(line, MAX_LINE))
}

function failedChecks({ verify }: TaskResult): string[] {
  const failed = verify.filter(({ exit_code }) => exit_code !== 0)
  return listed(
    '✖ ',
    failed,
    ({ command, exit_code }) => `${oneLine(command, MAX_NAME)}: ${exit_code === null ? 'did not finish' : `exit ${exit_code}`}`,
  )
}

function unmetCriteria({ criteria }: TaskResult): string[] {
  const [first, ...more] = criteria.filter(({ status }) => status === 'unmet')
  return first ? [withMore(`Unmet: ${first.text}`, more.length)] : []
}

function warning({ warnings: [first, ...more] }: TaskResult): string[] {
  return first === undefined ? [] : [withMore(`⚠ ${first}`, more.length)]
}

function passedChecks({ verify }: TaskResult): string[] {
  return verify.every(({ exit_code }) => exit_code === 0) ? listed('Verified: ', verify, ({ command }) => oneLine(command, MAX_NAME)) : []
}

function metCriteria({ criteria }: TaskResult): string[] {
  const met = criteria.filter(({ status }) => status === 'met').length
  return met > 0 ? [`${met} of ${criteria.length} criteria met`] : []
}

function changes({ files_changed: files }: TaskResult): string[] {
  return listed('Changed: ', files ?? [], changeInWords)
}

function changeInWords({ path, lines_added, lines_removed }: FileChange): string {
  const lines = [lines_added ? ` +${lines_added}` : '', lines_removed ? ` −${lines_removed}` : '']
  return `${endOf(path)}${lines.join('')}`
}

/** A few names on one line, as many as it has room for, and how many more there are; no line where there is no name. */
function listed<Item>(label: string, items: readonly Item[], nameOf: (item: Item) => string): string[] {
  const [first, ...others] = items.slice(0, MAX_NAMES).map(nameOf)
  if (first === undefined) return []
  let line = `${label}${first}`
  let shown = 1
  for (const name of others) {
    if (line.length + name.length > MAX_LINE - MORE_ROOM) break
    line += `, ${name}`
    shown += 1
  }
  return [withMore(line, items.length - shown)]
}

function withMore(text: string, more: number): string {
  const tail = more > 0 ? ` (+${more} more)` : ''
  return `${oneLine(text, MAX_LINE - tail.length)}${tail}`
}

/** A path short enough to stand beside others: its end tells most. */
function endOf(path: string): string {
  const line = oneLine(path.slice(-4 * MAX_NAME), 4 * MAX_NAME)
  return line.length <= MAX_NAME ? line : `…${line.slice(1 - MAX_NAME).replace(/^[\udc00-\udfff]/, '')}`
}

function dollars(usd: number): string {
  return usd > 0 && usd < 0.005 ? '<$0.01' : `$${usd.toFixed(2)}`
}
