import { existsSync } from 'node:fs'
import { basename } from 'node:path'
import { OrchestratorError } from '../../domain/errors.ts'
import { TASK_ID, TASK_SUFFIX } from '../../domain/task-name.ts'
import { isUsed } from '../../inbox/ids.ts'
import { nearest } from '../../lib/nearest.ts'
import { shownName } from '../../lib/printable.ts'
import { runFiles } from '../../results/names.ts'
import { idsIn, queuedNames } from './folder-names.ts'
import { idsOfResults } from './home-view.ts'
import { queuedFile } from './queued-files.ts'
import { requireHome } from './require-home.ts'

/** How many candidates an error names. */
const MAX_NAMED = 10

/**
 * The id that a text stands for: an id, a beginning that only one id has, an id that a table cut, or the name or path of a task file.
 * Throws `no_home`, `no_such_task` with the nearest id, or `ambiguous_id` with the candidates.
 */
export async function resolveId(home: string, text: string): Promise<string> {
  const paths = requireHome(home)
  const wanted = basename(text.trim().replace(/…$/, '')).replace(/\.task\.md$/, '')
  if (wanted === '') throw new OrchestratorError('no_such_task', 'An id cannot be empty.')
  const hasResult = (id: string) => existsSync(runFiles(paths, id).result)
  if (TASK_ID.test(wanted) && isUsed(paths, wanted, hasResult)) return wanted // without a look at all others
  const ids = new Set<string>()
  for (const name of queuedNames(paths)) {
    const id = queuedFile(paths, name)?.id
    if (id !== undefined && name === wanted + TASK_SUFFIX) return id
    if (id !== undefined) ids.add(id)
  }
  for (const folder of [paths.running, paths.waiting, paths.processed, paths.failed, paths.rejected])
    for (const id of idsIn(folder)) ids.add(id)
  for (const id of idsOfResults(paths)) ids.add(id)
  return pick(wanted, [...ids])
}

function pick(wanted: string, ids: readonly string[]): string {
  if (ids.includes(wanted)) return wanted
  const fitting = ids.filter((id) => id.startsWith(wanted)).sort()
  const [only] = fitting
  if (only === undefined) {
    const meant = nearest(wanted, ids)
    throw new OrchestratorError(
      'no_such_task',
      `No task has the id "${shownName(wanted)}"${meant === undefined ? '.' : `; did you mean ${shownName(meant)}?`}`,
    )
  }
  if (fitting.length === 1) return only
  const more = fitting.length - MAX_NAMED
  const named = fitting.slice(0, MAX_NAMED).map(shownName).join(', ') + (more > 0 ? ` and ${more} more` : '')
  throw new OrchestratorError('ambiguous_id', `"${shownName(wanted)}" fits ${fitting.length} tasks: ${named}.`)
}
