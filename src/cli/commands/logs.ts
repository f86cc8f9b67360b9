import { statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { HomePaths } from '../../config/home.ts'
import { isFinal, viewTask } from '../../control/view/home-view.ts'
import { requireHome } from '../../control/view/require-home.ts'
import { resolveId } from '../../control/view/resolve-id.ts'
import { followLines, linesOf } from '../../lib/tail.ts'
import type { Command, Context } from '../context.ts'
import { createStyle } from '../render/style.ts'
import { transcriptLines } from '../render/transcript-lines.ts'

const POLL_MS = 250

/** `logs ID`: what the agent said and did in the newest run, readable; `-f` until the task has ended. */
export const logs: Command = async (context, [text = ''], { follow, json }) => {
  const paths = requireHome(context.home)
  const id = await resolveId(context.home, text)
  const style = createStyle(context.out.color)
  const print = (line: string) => {
    if (json === true) context.out.write(`${line}\n`)
    else for (const one of transcriptLines(line, style)) context.out.line(one)
  }
  const runId = runOf(paths, id) ?? (follow === true ? await nextRun(context, paths, id) : undefined)
  if (runId === undefined) {
    context.err.line(`${id} has no run yet; \`orchestrator why ${id}\` says why.`)
    return 0
  }
  const path = join(paths.runs, `${runId}.ndjson`)
  if (follow === true && !hasEnded(paths, id)) await followRun(context, paths, id, path, print)
  else if (statSync(path, { throwIfNoEntry: false })?.isFile()) for (const line of linesOf(path)) print(line)
  else context.err.line(`The agent of ${id} has said nothing: there is no ${path}.`)
  return 0
}

/** The run that the task is in, or was in last. */
function runOf(paths: HomePaths, id: string): string | undefined {
  const view = viewTask(paths, id)
  return view?.record?.run_id ?? view?.result?.run_id
}

function hasEnded(paths: HomePaths, id: string): boolean {
  const view = viewTask(paths, id)
  return view === undefined || isFinal(view.state)
}

async function nextRun({ err, signal }: Context, paths: HomePaths, id: string): Promise<string | undefined> {
  err.line(`${id} has not begun; waiting for its run.`)
  while (!signal.aborted && !hasEnded(paths, id)) {
    const runId = runOf(paths, id)
    if (runId !== undefined) return runId
    await pause(signal)
  }
  return runOf(paths, id)
}

/** The transcript is complete before the task is archived, so what is left then is one reading away. */
async function followRun({ signal }: Context, paths: HomePaths, id: string, path: string, print: (line: string) => void): Promise<void> {
  const ended = new AbortController()
  const watching = watchEnd()
  for await (const line of followLines(path, { signal, until: ended.signal, losesMiddle: true })) print(line)
  await watching

  async function watchEnd(): Promise<void> {
    while (!signal.aborted && !hasEnded(paths, id)) await pause(signal)
    ended.abort()
  }
}

function pause(signal: AbortSignal): Promise<void> {
  return setTimeout(POLL_MS, undefined, { signal }).catch(() => undefined)
}
