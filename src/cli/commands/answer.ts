import { requireHome } from '../../control/view/require-home.ts'
import { resolveId } from '../../control/view/resolve-id.ts'
import { OrchestratorError } from '../../domain/errors.ts'
import type { Command } from '../context.ts'
import { storing } from '../storing.ts'
import { tellOr } from '../tell-or.ts'

/** `answer ID TEXT`: answers a question of an agent; the task goes on with it. */
export const answer: Command = async ({ home, env, out, err }, [id = '', ...words], { question }) => {
  if (env.ORCHESTRATOR_RUN_TOKEN || env.ORCHESTRATOR_RUN_ID)
    throw new OrchestratorError('usage', 'An agent cannot answer; people do.', { hint: 'End your turn and wait.' })
  const paths = requireHome(home)
  const taskId = await resolveId(home, id)
  const user = env.USER || env.USERNAME
  const given = { text: words.join(' '), by: user ? `cli:${user}` : 'cli' }
  const questionId = typeof question === 'string' ? question : undefined
  let running = true
  const answered = await tellOr(paths, 'answer', { taskId, ...given, ...(questionId !== undefined && { questionId }) }, async () => {
    running = false
    const { answerOnFiles } = await import('../answer-on-files.ts')
    return storing(() => answerOnFiles(paths, taskId, questionId, given))
  })
  out.line(`answered ${taskId}: ${answered.answer}`)
  if (!running) err.line('No daemon runs here; the task goes on at the next: orchestrator start')
  return 0
}
