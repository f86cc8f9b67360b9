import type { HomePaths } from '../config/home.ts'
import { isFinal, viewTask } from '../control/view/home-view.ts'
import { OrchestratorError } from '../domain/errors.ts'
import { formatMoment } from '../lib/moment.ts'

/** Says of a task without a run that it asks nothing: it has not begun, or it has ended, and then how, when and what can still be done. */
export function notAsking(paths: HomePaths, taskId: string): OrchestratorError {
  const { state, result } = viewTask(paths, taskId) ?? {}
  if (state === undefined || !isFinal(state) || state === 'rejected')
    return new OrchestratorError('no_such_question', `${taskId} has not begun, so that it asks nothing.`)
  const ended = state === 'cancelled' ? 'was cancelled' : state === 'archived' ? 'has ended' : state
  const when = result ? ` at ${formatMoment(result.timings.finished)}` : ''
  const code = state === 'failed' && result?.failure ? ` (${result.failure.code})` : ''
  const conversation = result?.session_id ? `; a new task with "resume: ${taskId}" goes on with its conversation` : ''
  return new OrchestratorError('no_such_question', `${taskId} ${ended}${when}${code}, so that it asks nothing any more.`, {
    hint: `orchestrator retry ${taskId} begins a further run${conversation}.`,
  })
}
