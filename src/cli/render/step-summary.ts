import { appendFileSync } from 'node:fs'
import { formatCost } from '../../control/words/effort.ts'
import type { Ended } from '../../daemon/daemon.ts'
import { formatDuration } from '../../lib/duration.ts'
import { printable } from '../../lib/printable.ts'
import { wordsOf } from '../../lib/words-of.ts'
import { leftOvers } from './left-overs.ts'
import type { FinishedRun } from './reporter.ts'

/** Appends the outcome to the summary of a GitHub Actions step, where there is one. Returns why that failed, if it did: the tasks are done all the same. */
export function writeStepSummary(path: string | undefined, runs: readonly FinishedRun[], ended: Ended): string | undefined {
  try {
    if (path) appendFileSync(path, stepSummary(runs, ended))
    return undefined
  } catch (error) {
    return `the step summary cannot be written: ${wordsOf(error)}`
  }
}

/** The outcome as GitHub-flavoured Markdown. */
function stepSummary(runs: readonly FinishedRun[], ended: Ended): string {
  const failed = ended.failed + ended.rejected
  const rest = [
    ended.cancelled > 0 ? `, ${ended.cancelled} cancelled` : '',
    ended.left > 0 ? `, ${ended.left} still queued` : '',
    ended.waiting > 0 ? `, ${ended.waiting} waiting for an answer` : '',
  ]
  const head = `## ${failed + ended.cancelled === 0 ? '✅' : '❌'} Orchestrator: ${ended.completed} completed, ${failed} failed${rest.join('')}`
  const { told, more } = leftOvers(ended)
  const waits = [...told.map(({ id, reason }) => [id, reason]), ...(more > 0 ? [[`… and ${more} more`, '']] : [])]
  const tables = [
    ...(runs.length === 0 ? [] : table(['task', 'title', 'outcome', 'time', 'turns', 'cost'], runs.map(cellsOf))),
    ...(waits.length === 0 ? [] : table(['left', 'why'], waits)),
  ]
  return [head, '', ...(tables.length === 0 ? ['There was nothing to do.', ''] : tables), ''].join('\n')
}

function cellsOf(run: FinishedRun): readonly string[] {
  return [
    run.taskId,
    run.title,
    run.code ?? run.status,
    formatDuration(run.durationMs),
    run.turns === null ? '–' : String(run.turns),
    formatCost(run.costUsd) || '–',
  ]
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(header), `|${header.map(() => '---|').join('')}`, ...rows.map((cells) => line(cells.map(escapeCell))), '']
}

function escapeCell(text: string): string {
  return printable(text)
    .replace(/[\\|`<>*_[\]]/g, '\\$&')
    .replace(/\s+/g, ' ')
}
