import { homePaths, runPaths } from '../config/home.ts'
import { tellDaemon } from '../control/client.ts'
import type { FromRun, RunVerbs, Verbs } from '../control/protocol.ts'
import { OrchestratorError } from '../domain/errors.ts'
import type { Context } from './context.ts'

/** Longer than ASK_WAIT_SEC can be; the daemon answers before. */
const PATIENCE_MS = 11 * 60_000

/** Tells the daemon something as the agent of the run that this process belongs to. Throws `not_in_attempt` where it belongs to none. */
export async function tellAsAgent<V extends keyof RunVerbs>(
  { home, env }: Pick<Context, 'home' | 'env'>,
  verb: V,
  request: Omit<RunVerbs[V]['request'], keyof FromRun>,
): Promise<RunVerbs[V]['value']> {
  const { ORCHESTRATOR_RUN_ID: runId, ORCHESTRATOR_RUN_TOKEN: token, ORCHESTRATOR_SOCKET: socket } = env
  if (!runId || !token) throw new OrchestratorError('not_in_attempt', `\`orchestrator ${verb}\` works only inside an attempt of an agent.`)
  const address = { home, socket: socket || runPaths(homePaths(home), runId).socket }
  try {
    return await tellDaemon(address, verb, { ...request, runId, token } as Verbs[V]['request'], PATIENCE_MS)
  } catch (error) {
    if (!isHangUp(error)) throw error
    throw new OrchestratorError('daemon_unreachable', 'The daemon ended before it had answered.', {
      hint: 'A question that was put is kept: ask the same once more, or end your turn.',
      cause: error,
    })
  }
}

/** The connection broke, or ended before the answer was whole. */
function isHangUp(error: unknown): boolean {
  return error instanceof Error && ('syscall' in error || ('code' in error && error.code === 'daemon_unreachable'))
}
