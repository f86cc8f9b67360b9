import { existsSync } from 'node:fs'
import { basename, join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { HomePaths } from '../../config/home.ts'
import { isFinal, readRejection, type TaskView, viewTask } from '../../control/view/home-view.ts'
import { requireHome } from '../../control/view/require-home.ts'
import { resolveId } from '../../control/view/resolve-id.ts'
import { formatEffort } from '../../control/words/effort.ts'
import { OrchestratorError } from '../../domain/errors.ts'
import { parseDuration } from '../../lib/duration.ts'
import { askDaemon } from '../ask-daemon.ts'
import type { Command, Context } from '../context.ts'
import { markOf } from '../render/state-mark.ts'
import { createStyle } from '../render/style.ts'
import { oneLine } from '../render/text.ts'

const POLL_MS = 200
const CODE = { completed: 0, failed: 1, notYet: 75, interrupted: 130 } as const

/** `wait ID…`: until all have ended; 0 all completed, 1 any did not, 75 not all within `--timeout`. */
export const wait: Command = async (context, texts, { timeout }) => {
  const paths = requireHome(context.home)
  const deadline = Date.now() + timeoutOf(timeout)
  const waiting = new Set<string>()
  for (const text of texts) waiting.add(await resolveId(context.home, text))
  const seen = new Map<string, TaskView>()
  const asking = new Set<string>()
  let failed = false

  for (let round = 0; ; round++) {
    for (const id of waiting) {
      const task = look(paths, id, seen)
      if (task && !isFinal(task.state)) {
        if (task.state === 'waiting' && !asking.has(id)) context.err.line(`${id} waits for an answer: orchestrator answer ${id} "…"`)
        if (task.state === 'waiting') asking.add(id)
        else asking.delete(id)
        continue
      }
      waiting.delete(id)
      failed ||= !task || (task.state !== 'completed' && task.state !== 'archived')
      say(context, id, task)
    }
    if (waiting.size === 0) return failed ? CODE.failed : CODE.completed
    if (round === 0) await sayIfNobodyWorks(context, paths)
    if (Date.now() >= deadline) {
      context.err.line(`not ended in time: ${[...waiting].join(', ')}`)
      return CODE.notYet
    }
    await setTimeout(Math.min(POLL_MS, Math.max(0, deadline - Date.now())), undefined, { signal: context.signal }).catch(() => undefined)
    if (context.signal.aborted) return CODE.interrupted
  }
}

function timeoutOf(value: unknown): number {
  if (value === undefined) return Number.POSITIVE_INFINITY
  const ms = parseDuration(String(value))
  if (ms !== undefined) return ms
  throw new OrchestratorError('usage', `--timeout must be a duration, not "${String(value)}".`, { hint: 'Write it as 90s, 10m or 2h.' })
}

/** The task now; a file that still lies in the queue is not looked for anew. Undefined where it is gone for good. */
function look(paths: HomePaths, id: string, seen: Map<string, TaskView>): TaskView | undefined {
  const before = seen.get(id)
  if (before?.state === 'queued' && before.file !== undefined && existsSync(before.file)) return before
  const task = viewTask(paths, id) ?? rejectedAs(paths, before)
  if (task) seen.set(id, task)
  return task
}

/** A rejected file keeps its name, which need not be its id. */
function rejectedAs(paths: HomePaths, before: TaskView | undefined): TaskView | undefined {
  if (before?.file === undefined) return undefined
  const file = join(paths.rejected, basename(before.file))
  return existsSync(file) ? { ...before, state: 'rejected', file, reason: readRejection(file) } : undefined
}

function say({ out }: Context, id: string, task: TaskView | undefined): void {
  const style = createStyle(out.color)
  if (!task) {
    out.line(`${style.red('✖')} ${oneLine(id)} is gone: its file was removed`)
    return
  }
  const { mark, color } = markOf(task.state)
  const { result, reason } = task
  const failure = result?.failure ?? reason
  const parts = [
    task.state,
    failure ? `${failure.code}: ${failure.message}` : '',
    result ? formatEffort({ durationMs: result.timings.worked_ms, turns: result.turns, costUsd: result.cost_usd }) : '',
  ]
  out.line(`${style[color](mark)} ${style.bold(oneLine(id))} ${oneLine(parts.filter(Boolean).join(' · '))}`)
}

async function sayIfNobodyWorks({ err }: Context, paths: HomePaths): Promise<void> {
  if ((await askDaemon(paths)).kind === 'none') err.line('No daemon runs here; waiting for `orchestrator start`.')
}
