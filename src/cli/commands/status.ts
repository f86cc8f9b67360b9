import { setTimeout } from 'node:timers/promises'
import { requireHome } from '../../control/view/require-home.ts'
import { ANSWER_FIELDS } from '../../domain/named-fields.ts'
import { maskFields } from '../../lib/redact.ts'
import type { Command, Context } from '../context.ts'
import { forPeople } from '../for-people.ts'
import { homeRedactor } from '../home-redactor.ts'
import { printJson } from '../print-json.ts'
import { statusLines } from '../render/status-lines.ts'
import { createStyle } from '../render/style.ts'
import { type StatusReport, statusJson, statusReport } from '../status-report.ts'

const WATCH_MS = 1_000

/** Of a terminal: a screen of its own and back, and to its upper left corner; each line and the rest of the screen are cleared. */
const OTHER_SCREEN = '\u001b[?1049h'
const FIRST_SCREEN = '\u001b[?1049l'
const TOP = '\u001b[H'
const CLEAR_LINE = '\u001b[K'
const CLEAR_REST = '\u001b[J'

/** `status`: components, holds, what runs, what is queued and what ended last. `--watch` shows it until Ctrl-C. */
export const status: Command = async (context, _args, { json, watch }) => {
  const paths = requireHome(context.home)
  const report = async () => {
    const redact = await homeRedactor(paths, context.env)
    return maskFields(redact, await statusReport(paths, context.env, redact), ANSWER_FIELDS)
  }
  if (watch !== true) print(context, await report(), json === true)
  else if (context.out.isTerminal && json !== true) await redraw(context, report)
  else await printChanges(context, report, json === true)
  return 0
}

function print(context: Context, report: StatusReport, json: boolean): void {
  if (json) printJson(context.out, statusJson(report))
  else for (const line of linesOf(context, report)) context.out.line(line)
}

/** The last picture stays on the screen that was there before. */
async function redraw(context: Context, report: () => Promise<StatusReport>): Promise<void> {
  const { out, signal } = context
  out.write(OTHER_SCREEN)
  let lines: readonly string[] = []
  try {
    for await (const next of snapshots(report, signal)) {
      lines = linesOf(context, next)
      out.write(`${TOP}${lines.map((line) => `${forPeople(line, out.color)}${CLEAR_LINE}\n`).join('')}${CLEAR_REST}`)
    }
  } finally {
    out.write(FIRST_SCREEN)
  }
  for (const line of lines) out.line(line)
}

/** For pipes and logs: a picture each time that something has changed; JSON takes one line each. */
async function printChanges({ out, signal, ...context }: Context, report: () => Promise<StatusReport>, json: boolean): Promise<void> {
  let last = ''
  for await (const next of snapshots(report, signal)) {
    const text = JSON.stringify(statusJson(next))
    if (text === last) continue
    if (json) out.write(`${text}\n`)
    else for (const line of [...linesOf({ out, signal, ...context }, next), '']) out.line(line)
    last = text
  }
}

async function* snapshots(report: () => Promise<StatusReport>, signal: AbortSignal): AsyncGenerator<StatusReport> {
  while (!signal.aborted) {
    yield await report()
    await setTimeout(WATCH_MS, undefined, { signal }).catch(() => undefined)
  }
}

function linesOf({ out }: Context, report: StatusReport): readonly string[] {
  const columns = out.isTerminal ? out.columns : Number.POSITIVE_INFINITY
  return statusLines(report, { style: createStyle(out.color), columns, now: Date.now() })
}
