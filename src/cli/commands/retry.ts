import type { HomePaths } from '../../config/home.ts'
import type { OwnerVerbs } from '../../control/protocol.ts'
import { requireHome } from '../../control/view/require-home.ts'
import { resolveId } from '../../control/view/resolve-id.ts'
import { OrchestratorError } from '../../domain/errors.ts'
import { failedTasks, requeueTask } from '../../inbox/requeue.ts'
import type { Command } from '../context.ts'
import { storing } from '../storing.ts'
import { tellOr } from '../tell-or.ts'

/** `retry ID`, `retry --all-failed`: puts finished tasks back into the queue, under their ids, and prints these. */
export const retry: Command = async ({ home, out, err }, [text], { allFailed }) => {
  const paths = requireHome(home)
  if ((text === undefined) === (allFailed !== true)) {
    throw new OrchestratorError('usage', 'Name one task, or all that failed.', {
      hint: 'orchestrator retry ID, or orchestrator retry --all-failed',
    })
  }
  const request = text === undefined ? { allFailed: true } : { id: await resolveId(home, text) }
  let running = true
  const { ids } = await tellOr(paths, 'retry', request, () => {
    running = false
    return storing(() => requeue(paths, request))
  })
  for (const id of ids) out.line(id)
  if (ids.length === 0) err.line('No task in tasks/failed/ could be queued again.')
  else if (!running) err.line('Queued again. No daemon runs here; `orchestrator start` does it.')
  return 0
}

async function requeue(paths: HomePaths, { id, allFailed }: OwnerVerbs['retry']['request']): Promise<OwnerVerbs['retry']['value']> {
  const wanted = id === undefined || allFailed ? failedTasks(paths) : [id]
  const ids: string[] = []
  for (const one of wanted) if (await requeueTask(paths, one)) ids.push(one)
  if (id !== undefined && ids.length === 0) throw new OrchestratorError('wrong_state', `${id} has not finished, so it cannot be retried.`)
  return { ids }
}
