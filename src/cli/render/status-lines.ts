import type { EndedTask } from '../../control/view/recent-ends.ts'
import { formatCost } from '../../control/words/effort.ts'
import { waitingEdits } from '../../control/words/event-words.ts'
import { questionWords } from '../../control/words/question-words.ts'
import { formatAge, formatDuration, formatElapsed } from '../../lib/duration.ts'
import { formatMoment } from '../../lib/moment.ts'
import type { DaemonView } from '../ask-daemon.ts'
import type { Component } from '../components.ts'
import type { StatusReport } from '../status-report.ts'
import { markedId, markOf } from './state-mark.ts'
import type { Style } from './style.ts'
import { type Cell, table } from './table.ts'
import { oneLine } from './text.ts'

/** How and when a picture is drawn. */
export interface Picture {
  readonly style: Style
  /** Columns of the terminal; Infinity where lines may have any length. */
  readonly columns: number
  /** Milliseconds since the epoch. */
  readonly now: number
}

/** The status as lines for a person. */
export function statusLines(report: StatusReport, picture: Picture): readonly string[] {
  const { style } = picture
  const idle = report.running.length + report.waiting.length + report.queuedCount === 0 && report.recent.length === 0
  return [
    ...partLines(report, picture),
    ...(report.configWaiting.length === 0 ? [] : ['', `${style.yellow('⚠')} ${oneLine(waitingEdits(report.configWaiting))}`]),
    ...report.holds.flatMap(({ reason }) => ['', `${style.yellow('⚠')} ${oneLine(reason)}`]),
    ...section('Running', report.running.length, runningLines(report, picture), style),
    ...section('Waiting for an answer', report.waiting.length, waitingLines(report, picture), style),
    ...section('Queued', report.queuedCount, queuedLines(report, picture), style),
    ...section('Recent', undefined, recentLines(report.recent, picture), style),
    ...(idle ? ['', style.dim('Nothing here yet. Drop a *.task.md into tasks/, or: orchestrator new "what to do"')] : []),
  ]
}

function partLines({ home, daemon, components }: StatusReport, { style, columns, now }: Picture): readonly string[] {
  const rows = [['daemon', daemonCell(daemon, style, now)], ['home', home], ...components.map((part) => componentRow(part, style))]
  return table(
    rows.map(([name = '', detail = '']) => [dim(textOf(name), style), detail]),
    { columns },
  )
}

function daemonCell(daemon: DaemonView, style: Style, now: number): Cell {
  switch (daemon.kind) {
    case 'none':
      return { text: 'not running → orchestrator start', paint: style.yellow }
    case 'silent':
      return { text: `process ${daemon.pid} does not answer → see logs/orchestrator.log`, paint: style.red }
    case 'answers': {
      const { pid, since, concurrency } = daemon.status
      const age = formatAge(now - Date.parse(since))
      return { text: `running · process ${pid} · since ${formatMoment(since)} (${age}) · ${concurrency} at a time`, paint: style.green }
    }
  }
}

function componentRow({ name, ok, detail }: Component, style: Style): readonly [string, Cell] {
  if (ok === false) return [name, { text: `${detail} → orchestrator doctor`, paint: style.yellow }]
  return [name, ok === null ? dim(`${detail} (see orchestrator doctor)`, style) : detail]
}

function section(title: string, count: number | undefined, lines: readonly string[], style: Style): readonly string[] {
  if (lines.length === 0) return []
  return ['', style.bold(title) + (count === undefined ? '' : ` ${style.dim(String(count))}`), ...lines]
}

function runningLines({ running, daemon }: StatusReport, { style, columns, now }: Picture): readonly string[] {
  const alive = daemon.kind === 'answers'
  const rows = running.map((task) => {
    const mark = alive ? markOf('running') : { mark: '⚠', color: 'yellow' as const }
    const elapsed = alive ? formatElapsed(now - Date.parse(task.since)) : ''
    const attempt = task.attempt > 1 ? `attempt ${task.attempt}` : ''
    const turns = task.turns > 0 ? `turn ${task.turns}` : ''
    const doing = task.note ?? task.tool ?? task.said ?? (task.turns > 0 ? 'thinking' : 'starting')
    return [markedId(task.id, mark, style), elapsed, attempt, turns, formatCost(task.costUsd), dim(doing, style)]
  })
  return table(rows, { columns, indent: '  ', right: [1, 3, 4], flexible: [5, 0] })
}

function waitingLines({ waiting }: StatusReport, { style, columns, now }: Picture): readonly string[] {
  const rows = waiting.map(({ id, questions: [first, ...more] }) => {
    const others = more.length === 0 ? '' : ` and ${more.length} more`
    const asked = first ? `${questionWords(first)}${others} → orchestrator answer ${id} "…"` : ''
    return [markedId(id, markOf('waiting'), style), first ? formatAge(now - Date.parse(first.asked)) : '', dim(asked, style)]
  })
  return table(rows, { columns, indent: '  ', right: [1], flexible: [2, 0] })
}

function queuedLines({ queued, queuedCount, daemon }: StatusReport, { style, columns, now }: Picture): readonly string[] {
  const rows = queued.map(({ id, priority, since, waitsFor }) => {
    const reason = waitsFor ?? (daemon.kind === 'answers' ? 'waits for a free slot' : '')
    return [markedId(id, markOf('queued'), style), priority, formatAge(now - Date.parse(since)), dim(reason, style)]
  })
  const more = queuedCount - queued.length
  const lines = table(rows, { columns, indent: '  ', right: [2], flexible: [3, 0] })
  return more > 0 ? [...lines, style.dim(`  … and ${more} more: orchestrator list --state queued`)] : lines
}

function recentLines(recent: readonly EndedTask[], { style, columns, now }: Picture): readonly string[] {
  const rows = recent.map(({ id, state, ended, code, title, durationMs, costUsd }) => {
    const mark = markOf(state)
    const took = durationMs === null ? '' : formatDuration(durationMs)
    return [
      markedId(id, mark, style),
      { text: state === 'failed' ? (code ?? state) : state, paint: style[mark.color] },
      took,
      formatCost(costUsd),
      `${formatAge(now - Date.parse(ended))} ago`,
      dim(title, style),
    ]
  })
  return table(rows, { columns, indent: '  ', right: [2, 3, 4], flexible: [5, 0] })
}

function dim(text: string, style: Style): Cell {
  return { text, paint: style.dim }
}

function textOf(cell: Cell): string {
  return typeof cell === 'string' ? cell : cell.text
}
