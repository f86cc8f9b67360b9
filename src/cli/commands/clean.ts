import { existsSync, lstatSync, renameSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { HomePaths } from '../../config/home.ts'
import { begunIdsIn, queuedNames } from '../../control/view/folder-names.ts'
import { readRunRecord } from '../../control/view/home-view.ts'
import { queuedFiles } from '../../control/view/queued-files.ts'
import { requireHome } from '../../control/view/require-home.ts'
import { OrchestratorError } from '../../domain/errors.ts'
import { TASK_SUFFIX } from '../../domain/task-name.ts'
import { freeName } from '../../inbox/archive.ts'
import { dropNote } from '../../inbox/requeue.ts'
import { nearest } from '../../lib/nearest.ts'
import { prune } from '../../results/prune.ts'
import type { Command, Context, Options } from '../context.ts'
import { printJson } from '../print-json.ts'
import { formatBytes } from '../render/bytes.ts'
import { oneLine } from '../render/text.ts'
import { storing } from '../storing.ts'

const DAY_MS = 86_400_000

/** `clean tasks`: archives what is queued. `clean artifacts --days N`: removes old results, summaries, transcripts and attachments. Prints the files. A dry run only says what would be done. */
export const clean: Command = async (context, [what = ''], options) => {
  const paths = requireHome(context.home)
  if (what === 'tasks') await storing(() => cleanTasks(context, paths, options))
  else if (what === 'artifacts') await storing(() => cleanArtifacts(context, paths, options))
  else {
    const meant = nearest(what, ['tasks', 'artifacts'])
    throw new OrchestratorError('usage', `"${what}" cannot be cleaned${meant ? `; did you mean ${meant}?` : '.'}`, {
      hint: 'orchestrator clean tasks, or orchestrator clean artifacts --days N',
    })
  }
  return 0
}

/** A rename is what starts a task too, so a file goes to the archive or to a daemon, never to both. */
function cleanTasks({ out, err }: Context, paths: HomePaths, { days, dryRun, json }: Options): void {
  if (days !== undefined) throw new OrchestratorError('usage', '--days is for clean artifacts.')
  const archived: { readonly from: string; readonly to: string }[] = []
  for (const name of queuedNames(paths)) {
    if (!lstatSync(join(paths.tasks, name), { throwIfNoEntry: false })?.isFile()) continue
    const to = freeName(paths.processed, name.slice(0, -TASK_SUFFIX.length))
    if (dryRun !== true && !move(join(paths.tasks, name), join(paths.processed, to))) continue
    if (dryRun !== true) dropNote(paths, name)
    const moved = { from: `tasks/${name}`, to: `tasks/processed/${to}` }
    if (json !== true) out.line(oneLine(`${moved.from} → ${moved.to}`))
    archived.push(moved)
  }
  if (json === true) printJson(out, { dry_run: dryRun === true, archived })
  else err.line(`${dryRun === true ? 'would archive' : 'archived'} ${count(archived.length, 'queued task')}`)
}

/** False where the file is gone: a daemon has just started the task. */
function move(from: string, to: string): boolean {
  try {
    renameSync(from, to)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT' && !existsSync(from)) return false
    throw error
  }
}

function cleanArtifacts({ home, out, err }: Context, paths: HomePaths, { days, dryRun, json }: Options): void {
  const age = typeof days === 'string' && /^\d+(\.\d+)?$/.test(days) ? Number(days) : undefined
  if (age === undefined) {
    throw new OrchestratorError('usage', days === undefined ? '--days is missing.' : `--days must be a number, not "${days}".`, {
      hint: 'Say how old what goes must be: orchestrator clean artifacts --days 30',
    })
  }
  const live = liveTasks(paths)
  const files = prune({
    ...paths,
    olderThan: new Date(Date.now() - age * DAY_MS),
    keep: (id) => live.ids.has(id),
    keepRun: (runId) => live.runs.has(runId),
    dryRun: dryRun === true,
  })
  const removed = files.map(({ path, bytes }) => ({ file: relative(home, path), bytes }))
  if (json === true) {
    printJson(out, { dry_run: dryRun === true, removed })
    return
  }
  for (const { file } of removed) out.line(oneLine(file))
  const bytes = removed.reduce((sum, file) => sum + file.bytes, 0)
  err.line(`${dryRun === true ? 'would remove' : 'removed'} ${count(removed.length, 'file')}, ${formatBytes(bytes)}`)
}

/** What is queued, running or waiting for an answer, and ids that queued files ask for: without its result one would be free again. */
function liveTasks(paths: HomePaths): { readonly ids: ReadonlySet<string>; readonly runs: ReadonlySet<string> } {
  const queued = queuedFiles(paths, queuedNames(paths)).flatMap(({ id, wanted }) => [id, wanted])
  const begun = [paths.running, paths.waiting].flatMap(begunIdsIn)
  const runs = begun.flatMap((id) => readRunRecord(paths, id)?.run_id ?? [])
  return { ids: new Set([...queued, ...begun]), runs: new Set(runs) }
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}
