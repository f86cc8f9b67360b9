import type { DaemonStatus, ListedTask, RunningTask, TaskCard, TaskProgress } from '../../control/protocol.ts'
import type { TaskState } from '../../control/view/home-view.ts'
import { formatCost } from '../../control/words/effort.ts'
import { accountOf } from '../../control/words/event-words.ts'
import { OrchestratorError } from '../../domain/errors.ts'
import { formatElapsed } from '../../lib/duration.ts'
import { formatClock, formatMoment } from '../../lib/moment.ts'
import { bold, clip, code, escapeHtml, MESSAGE_CHARACTERS, oneLine } from './html.ts'
import type { Notice } from './notices.ts'

const MARKS: Readonly<Record<TaskState, string>> = {
  queued: '⏳',
  running: '▶️',
  waiting: '❓',
  completed: '✅',
  failed: '❌',
  cancelled: '⏹',
  archived: '📁',
  rejected: '❌',
}

const TITLE = 120
const LINE = 200
const SHOWN = 10

/** A task in two lines and what it does: the message that is edited as it goes on. */
export function liveText(task: { readonly id: string; readonly title: string }, state: TaskState, words: string): string {
  return `${MARKS[state]} ${bold(oneLine(task.title, TITLE))}\n${code(task.id)}\n${escapeHtml(oneLine(words, LINE))}`
}

/** The message of an earlier run of a task, once a further one has a message of its own. */
export function continuedText(task: { readonly id: string; readonly title: string }): string {
  return `↻ ${bold(oneLine(task.title, TITLE))}\n${code(task.id)}\ngoes on below`
}

/** What a running task does, as far as it is worth an edit. */
export function activityWords({ turns, tool }: { readonly turns: number; readonly tool: string | undefined }): string {
  return [`turn ${turns}`, tool].filter(Boolean).join(' · ')
}

/** How the daemon stands. */
export function statusText({ running, queued, queuedCount, holds, concurrency }: DaemonStatus, now: number): string {
  const waiting = queued.slice(0, SHOWN).map(({ id, waitsFor }) => `⏳ ${code(id)}${waitsFor === null ? '' : ` ${escapeHtml(waitsFor)}`}`)
  const more = queuedCount - waiting.length
  return [
    `${bold(`${running.length} of ${concurrency} running, ${queuedCount} queued`)}`,
    ...holds.map(({ reason }) => `⚠️ ${escapeHtml(oneLine(reason, LINE))}`),
    ...running.map((task) => runningLine(task, now)),
    ...waiting,
    ...(more > 0 ? [`… and ${more} more`] : []),
  ].join('\n')
}

function runningLine(task: RunningTask, now: number): string {
  const doing = [
    formatElapsed(now - Date.parse(task.since)),
    `turn ${task.turns}`,
    task.note ?? task.tool,
    task.costUsd && formatCost(task.costUsd),
  ]
  return `▶️ ${bold(oneLine(task.title, TITLE))} ${code(task.id)}\n    ${escapeHtml(oneLine(doing.filter(Boolean).join(' · '), LINE))}`
}

/** Tasks, a line each. */
export function listText(tasks: readonly ListedTask[]): string {
  if (tasks.length === 0) return 'No tasks yet. Say what is to be done.'
  return tasks.map(({ id, state, title }) => `${MARKS[state]} ${code(id)} ${escapeHtml(oneLine(title, TITLE / 2))}`).join('\n')
}

/** What happened to a task of late, and what it does now. */
export function progressText({ id, state, events, now }: TaskProgress): string {
  const lines = events.map((event) => {
    const { mark, words } = accountOf(event)
    return `${formatClock(event.ts)} ${mark} ${oneLine(words, LINE)}`
  })
  const doing = now ? [`now: ${activityWords({ turns: now.turns, tool: now.note ?? now.tool ?? undefined })}`] : []
  return `${MARKS[state]} ${code(id)} ${state}\n<pre>${escapeHtml(clip([...lines, ...doing].join('\n') || 'nothing yet', MESSAGE_CHARACTERS - 300))}</pre>`
}

/** The end of a run: its summary, where the card is still that of this run. */
export function endText({ task, run, status }: Extract<Notice, { kind: 'ended' }>, card: TaskCard | undefined): string {
  const summary = card?.runId === run ? card.summary?.trim() : undefined
  if (!summary) return `${MARKS[status]} ${bold(oneLine(card?.title ?? task, TITLE))} ${status}\n${code(task)}`
  const [first = '', ...rest] = clip(summary, MESSAGE_CHARACTERS - 300).split('\n')
  return `${bold(first)}\n${escapeHtml(rest.join('\n'))}\n\n${code(task)}`
}

/** A question that is settled. */
export function settledText(task: string, text: string, how: string): string {
  return `❔ ${code(task)}\n${escapeHtml(text)}\n\n${escapeHtml(oneLine(how, 1_000))}`
}

/** A question with how it can be answered. */
export function questionText({ task, text, options, default: fallback, deadline }: Extract<Notice, { kind: 'asked' }>): string {
  const until = deadline === null ? '' : ` until ${formatMoment(deadline)}`
  const otherwise = deadline === null ? '' : fallback === null ? ', or the task fails' : `, or it is: ${oneLine(fallback, LINE)}`
  const how = options.length > 0 ? 'Press a button' : 'Reply to this message'
  return `❓ ${bold('A question')} ${code(task)}\n${escapeHtml(clip(text, 3_000))}\n\n<i>${escapeHtml(`${how}${until}${otherwise}.`)}</i>`
}

/** News that is about no task. */
export function newsText(notice: Extract<Notice, { kind: 'rejected' | 'held' }>): string {
  if (notice.kind === 'rejected') return `❌ ${code(notice.file)} was rejected: ${escapeHtml(oneLine(notice.message, 1_000))}`
  return `⚠️ ${bold(notice.agent)} is held until ${formatMoment(notice.until)}: ${escapeHtml(oneLine(notice.message, 1_000))}\nNo task is failed by that.`
}

/** Why something could not be done, and what to do; for what is no fault of the person, only that. */
export function faultText(error: unknown): string {
  if (error instanceof OrchestratorError)
    return `${escapeHtml(`✖ ${clip(error.message, 1_500)}`)}\n<i>${escapeHtml(clip(error.hint, 500))}</i>`
  return '✖ That could not be done; the log of the orchestrator says more.'
}
