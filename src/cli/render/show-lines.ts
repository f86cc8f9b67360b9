import type { TaskView } from '../../control/view/home-view.ts'
import { openQuestion } from '../../control/view/open-questions.ts'
import { formatCost, formatEffort, formatTurns } from '../../control/words/effort.ts'
import { exitWords } from '../../control/words/exit-words.ts'
import { questionWords } from '../../control/words/question-words.ts'
import { isOpen, type Question } from '../../domain/question.ts'
import type { TaskResult } from '../../domain/result.ts'
import type { AttemptRecord, FileChange, Tokens, VerifyRun } from '../../domain/run.ts'
import type { Task } from '../../domain/task.ts'
import { formatDuration } from '../../lib/duration.ts'
import { formatMoment } from '../../lib/moment.ts'
import { markOf } from './state-mark.ts'
import type { Style } from './style.ts'
import { type Cell, table } from './table.ts'
import { oneLine, printableLines } from './text.ts'

/** A task with what its file says and where its files lie. */
export interface ShownTask extends TaskView {
  readonly task: Task | undefined
  /** What its agent has asked, oldest first. */
  readonly questions: readonly Question[]
  readonly files: readonly (readonly [name: string, path: string])[]
}

const PROMPT_LINES = 8
const OUTPUT_LINES = 20
const VERIFY_LINES = 8
const SHOWN_FILES = 20

/** Everything about a task for a person: how it stands first, then what was asked, what came of it, and where to read on. */
export function showLines(shown: ShownTask, style: Style): readonly string[] {
  const { result, record, task, files } = shown
  const block = (title: string, lines: readonly string[]) =>
    lines.length === 0 ? [] : ['', style.bold(title), ...lines.map((line) => `  ${line}`)]
  return [
    ...headLines(shown, style),
    ...failureLines(shown, style),
    '',
    ...columns(facts(shown).map(([name, value]) => [{ text: name, paint: style.dim }, value])),
    ...block('Prompt', beginning(task?.prompt ?? '', PROMPT_LINES)),
    ...block('Questions', questionLines(shown, style)),
    ...block('Attempts', attemptLines(result?.attempts ?? record?.attempts ?? [], style)),
    ...block('Output', beginning(result?.output ?? '', OUTPUT_LINES)),
    ...block('Files changed', changeLines(result)),
    ...block(
      'Denied',
      (result?.denials ?? []).map(({ tool, detail }) => oneLine(`${tool} ${detail}`)),
    ),
    ...block('Verified', verifyLines(result?.verify ?? record?.verify ?? [])),
    ...block('Success criteria', criteriaLines(shown)),
    ...block('Warnings', (result?.warnings ?? task?.warnings ?? []).map(oneLine)),
    ...block('Files', columns(files)),
  ]
}

function headLines({ id, state, result, task }: ShownTask, style: Style): readonly string[] {
  const { mark, color } = markOf(state)
  const effort = result
    ? ` ${style.dim(`· ${formatEffort({ durationMs: result.timings.worked_ms, turns: result.turns, costUsd: result.cost_usd })}`)}`
    : ''
  const title = result?.title ?? task?.title
  return [
    `${style[color](mark)} ${style.bold(oneLine(id))} ${style[color](state)}${effort}`,
    ...(title === undefined || title === id ? [] : [oneLine(title)]),
  ]
}

function failureLines({ result, reason }: ShownTask, style: Style): readonly string[] {
  const failure = result?.failure ?? reason
  if (!failure) return []
  return ['', `${style.red(failure.code)}: ${oneLine(failure.message)}`, `→ ${oneLine(failure.hint)}`]
}

function facts({ result, record, task, reason }: ShownTask): readonly (readonly [string, string])[] {
  const agent = result?.agent ?? record?.agent ?? task?.head.agent
  const model = result?.model ?? task?.head.model
  const demo = result?.demo ? ' (demo: no model was asked)' : ''
  const { timings } = result ?? {}
  const all: readonly (readonly [string, string | null | undefined])[] = [
    ['type', `${result?.type ?? task?.type ?? ''} ${result || task ? `· priority ${result?.priority ?? task?.priority}` : ''}`.trim()],
    ['agent', agent && `${agent}${model ? ` · ${model}` : ''}${demo}`],
    ['works in', result?.workspace.path ?? record?.cwd ?? task?.head.cwd],
    ['waits for', task?.head.depends_on?.join(', ')],
    ['not before', moment(task?.head.not_before)],
    ['queued', moment(timings?.queued ?? record?.queued)],
    ['started', timings ? moment(timings.started ?? undefined) : moment(record?.claimed)],
    [
      'finished',
      timings && `${moment(timings.finished)} (waited ${formatDuration(timings.waited_ms)}, worked ${formatDuration(timings.worked_ms)})`,
    ],
    ['rejected', moment(reason?.rejected)],
    ['run', result?.run_id ?? record?.run_id],
    ['session', result?.session_id],
    ['tokens', tokens(result?.tokens)],
    ['inferred', result?.inferred.map(({ field, by }) => `${field} (${by})`).join(', ')],
  ]
  return all.flatMap(([name, value]) => (value ? [[name, value] as const] : []))
}

function tokens(tokens: Tokens | null | undefined): string {
  if (!tokens || tokens.input + tokens.output === 0) return ''
  return `${tokens.input} in · ${tokens.output} out · ${tokens.cache_read} from cache`
}

function moment(iso: string | undefined): string {
  return iso === undefined ? '' : formatMoment(iso)
}

function attemptLines(attempts: readonly AttemptRecord[], style: Style): readonly string[] {
  const rows = attempts.map(({ attempt, started, finished, outcome, turns, cost_usd, idle_ms = 0 }) => {
    const took = finished === null ? '' : formatDuration(Date.parse(finished) - Date.parse(started) - idle_ms)
    const ended = outcome ?? 'running'
    const paint = ended === 'completed' ? style.green : ended === 'running' ? style.cyan : style.yellow
    return [String(attempt), formatMoment(started), { text: ended, paint }, took, formatTurns(turns), formatCost(cost_usd)]
  })
  return columns(rows)
}

function questionLines({ id, questions }: ShownTask, style: Style): readonly string[] {
  const lines = questions.map((question) => {
    const { answer } = question
    const how = answer ? `→ ${answer.text} (${answer.by}, ${formatMoment(answer.at)})` : isOpen(question) ? '' : '→ nobody answered in time'
    return `${style.dim(question.id)} ${oneLine(`${questionWords(openQuestion(question))} ${how}`).trimEnd()}`
  })
  return questions.some(isOpen) ? [...lines, style.dim(`orchestrator answer ${id} "…"`)] : lines
}

function changeLines(result: TaskResult | undefined): readonly string[] {
  if (result?.files_changed === null) return ['unknown: too much to compare, or an attempt was cut off with the daemon']
  const changes = result?.files_changed ?? []
  const more = changes.length - SHOWN_FILES
  const signs = { added: '+', modified: '~', deleted: '-' } as const
  const lines = changes.slice(0, SHOWN_FILES).map((file) => `${signs[file.change]} ${oneLine(file.path)}${lineCounts(file)}`)
  return more > 0 ? [...lines, `… and ${more} more`] : lines
}

function lineCounts({ lines_added: added, lines_removed: removed }: FileChange): string {
  return added === null || removed === null ? '' : ` (+${added} −${removed})`
}

/** Each verify command; of one that did not succeed also the end of what it said. */
function verifyLines(runs: readonly VerifyRun[]): readonly string[] {
  return runs.flatMap(({ command, exit_code, duration_ms, output }) => {
    const sign = exit_code === 0 ? '✔' : '✖'
    const head = `${sign} ${oneLine(command)} (${exitWords(exit_code)}, ${formatDuration(duration_ms)})`
    const said = exit_code === 0 || output.trim() === '' ? [] : printableLines(output.trim()).slice(-VERIFY_LINES)
    return [head, ...said.map((line) => `    ${line}`)]
  })
}

function criteriaLines({ result, task }: ShownTask): readonly string[] {
  const signs = { met: '✔', unmet: '✖', unknown: '?' } as const
  if (!result) return (task?.criteria ?? []).map((text) => `· ${oneLine(text)}`)
  return result.criteria.map(({ text, status, evidence }) =>
    oneLine(`${signs[status]} ${text}${evidence === null ? '' : ` (${evidence})`}`),
  )
}

/** The first lines of a text, and how many follow. */
function beginning(text: string, most: number): readonly string[] {
  if (text.trim() === '') return []
  const lines = printableLines(text.trim())
  const more = lines.length - most
  return more > 1 ? [...lines.slice(0, most), `… ${more} more lines`] : lines
}

/** Prose and paths are not cut: a terminal wraps them. */
function columns(rows: readonly (readonly Cell[])[]): readonly string[] {
  return table(rows, { columns: Number.POSITIVE_INFINITY })
}
