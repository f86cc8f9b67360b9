import type { Daemon, Ended } from '../../daemon/daemon.ts'
import type { EventSource, LoggedEvent } from '../../domain/events.ts'
import type { Context } from '../context.ts'
import { eventLine } from './event-line.ts'
import { leftOvers } from './left-overs.ts'
import { LiveView } from './live-view.ts'
import { createStyle, type Style } from './style.ts'
import { oneLine } from './text.ts'

/** A run that ended while it was watched. */
export interface FinishedRun {
  readonly taskId: string
  readonly title: string
  readonly status: string
  readonly code: string | null
  readonly durationMs: number
  readonly turns: number | null
  readonly costUsd: number | null
}

/** Shows what a daemon in this process does: a live view on a terminal, plain lines elsewhere. */
export interface Reporter {
  listen(events: EventSource): void
  ready(daemon: Daemon): void
  stopping(again: boolean): void
  end(ended?: Ended): void
  /** The newest runs that ended. */
  readonly finished: readonly FinishedRun[]
}

/** Events that a person at a terminal does not need to see go by. */
const QUIET = new Set(['parsed', 'summarized', 'validated', 'artifacts_written', 'daemon_started', 'daemon_stopped'])

export function createReporter(context: Context, mode: { readonly once: boolean }): Reporter {
  const { out } = context
  const style = createStyle(out.color)
  const live = out.isTerminal ? new LiveView(out) : undefined
  const finished = new FinishedRuns()
  const say = (line: string) => (live ? live.above(line) : out.line(line))

  return {
    finished: finished.all,
    listen(events) {
      events.onEvent((event) => {
        finished.note(event)
        const shown = live ? !QUIET.has(event.event) && !event.event.endsWith('_finished') : true
        if (shown) say(eventLine(event, style, event.event === 'task_archived' ? finished.all.at(-1) : undefined))
      })
    },
    ready(daemon) {
      if (!mode.once) say(style.dim(`watching ${context.home}/tasks · drop a *.task.md there · Ctrl-C stops`))
      live?.start(() => daemon.commands.status({}))
    },
    stopping(again) {
      say(again ? 'interrupting what runs; it goes on at the next start' : 'stopping: running tasks may finish; once more interrupts them')
    },
    end(ended) {
      live?.stop()
      if (ended && mode.once) for (const line of leftOverLines(ended, style)) out.line(line)
      if (ended) out.line(totals(ended))
    },
  }
}

/** What was not done, and why; of a long queue the first. */
function leftOverLines(ended: Ended, style: Style): readonly string[] {
  const { told, more } = leftOvers(ended)
  const lines = told.map(({ id, reason }) => `${style.dim('·')} ${style.bold(id)} ${oneLine(reason)}`)
  return more > 0 ? [...lines, style.dim(`… and ${more} more: orchestrator list`)] : lines
}

/** The last line: how many ended how. */
function totals(ended: Ended): string {
  const parts = [
    [ended.completed, 'completed'],
    [ended.failed, 'failed'],
    [ended.cancelled, 'cancelled'],
    [ended.rejected, 'rejected'],
    [ended.interrupted, 'interrupted'],
    [ended.left, 'still queued'],
    [ended.waiting, ended.waiting === 1 ? 'waits for an answer' : 'wait for an answer'],
  ] as const
  const said = parts.filter(([count], index) => count > 0 || index < 2).map(([count, word]) => `${count} ${word}`)
  return said.join(', ')
}

/** Runs that are kept for the end: more rows than a person reads, and than GitHub takes. */
const KEPT = 1_000

/** Collects what is known of each run from its events; of those that ended, the newest. */
class FinishedRuns {
  readonly all: FinishedRun[] = []
  readonly #open = new Map<string, FinishedRun>()

  note(event: LoggedEvent): void {
    if (event.event === 'task_rejected') {
      this.#add({
        taskId: event.file,
        title: event.message,
        status: 'rejected',
        code: event.code,
        durationMs: 0,
        turns: null,
        costUsd: null,
      })
      return
    }
    if (!('run_id' in event)) return
    const known = this.#open.get(event.run_id) ?? {
      taskId: event.task_id,
      title: event.task_id,
      status: '',
      code: null,
      durationMs: 0,
      turns: null,
      costUsd: null,
    }
    if (event.event === 'parsed') this.#open.set(event.run_id, { ...known, title: event.title })
    else if (event.event === 'task_archived') {
      this.#open.delete(event.run_id)
      this.#add({ ...known, status: event.status, code: event.code })
    } else if ('outcome' in event) {
      const costUsd = event.cost_usd === null ? known.costUsd : (known.costUsd ?? 0) + event.cost_usd
      this.#open.set(event.run_id, {
        ...known,
        durationMs: known.durationMs + event.duration_ms,
        turns: event.turns === null ? known.turns : (known.turns ?? 0) + event.turns,
        costUsd,
      })
    }
  }

  #add(run: FinishedRun): void {
    this.all.push(run)
    if (this.all.length > KEPT) this.all.shift()
  }
}
