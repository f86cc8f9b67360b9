import type { DaemonStatus, RunningTask } from '../../control/protocol.ts'
import { formatCost } from '../../control/words/effort.ts'
import { formatElapsed } from '../../lib/duration.ts'
import type { Output } from '../context.ts'
import { createStyle } from './style.ts'
import { shorten } from './text.ts'

const FRAME_MS = 250
const SPINNER = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']
const UP_AND_CLEAR = '\u001b[1A\u001b[2K'

/** The running tasks at the bottom of a terminal, redrawn in place; finished lines scroll away above. */
export class LiveView {
  readonly #out: Output
  #lines = 0
  #frame = 0
  #latest: DaemonStatus | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(out: Output) {
    this.#out = out
  }

  start(status: () => Promise<DaemonStatus>): void {
    this.#timer = setInterval(async () => {
      this.#latest = await status()
      this.#frame++
      this.#redraw()
    }, FRAME_MS)
    this.#timer.unref()
  }

  /** Prints a line that stays. */
  above(line: string): void {
    this.#erase()
    this.#out.line(line)
    this.#draw()
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#erase()
  }

  #redraw(): void {
    this.#erase()
    this.#draw()
  }

  #erase(): void {
    this.#out.write(UP_AND_CLEAR.repeat(this.#lines))
    this.#lines = 0
  }

  #draw(): void {
    if (!this.#latest) return
    const lines = liveLines(this.#latest, { columns: this.#out.columns, color: this.#out.color, frame: this.#frame, now: Date.now() })
    this.#out.write(lines.map((line) => `${line}\n`).join(''))
    this.#lines = lines.length
  }
}

/** The picture of a daemon at one moment: a line for each running task, and one for what waits. */
function liveLines(
  status: DaemonStatus,
  { columns, color, frame, now }: { readonly columns: number; readonly color: boolean; readonly frame: number; readonly now: number },
): string[] {
  const style = createStyle(color)
  const spinner = SPINNER[frame % SPINNER.length] ?? ''
  const running = status.running.map((task) => {
    const text = shorten(`${formatElapsed(now - Date.parse(task.since)).padStart(6)} · ${task.id} · ${doing(task)}`, columns - 3)
    return `${style.cyan(spinner)} ${text}`
  })
  const parked = status.waiting.length
  const waiting = [
    ...(status.queuedCount > 0 ? [`${status.queuedCount} queued`] : []),
    ...(parked > 0 ? [`${parked} waiting for an answer`] : []),
    ...status.holds.map((hold) => hold.reason),
  ]
  return waiting.length === 0 ? running : [...running, style.dim(shorten(`  ${waiting.join(' · ')}`, columns - 1))]
}

function doing(task: RunningTask): string {
  const parts = [
    task.attempt > 1 ? `attempt ${task.attempt}` : '',
    task.turns > 0 ? `turn ${task.turns}` : '',
    task.costUsd ? formatCost(task.costUsd) : '',
    task.note ?? task.tool ?? task.said ?? (task.turns > 0 ? 'thinking' : 'starting'),
  ]
  return parts.filter(Boolean).join(' · ')
}
