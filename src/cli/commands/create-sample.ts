import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { directories } from '../../config/directories.ts'
import { requireConfig } from '../../config/load.ts'
import { requireHome } from '../../control/view/require-home.ts'
import { newTaskId } from '../../task-file/task-id.ts'
import type { Command } from '../context.ts'
import { queueTask } from '../queue-task.ts'
import { storing } from '../storing.ts'
import { template } from '../template.ts'

/** `create-sample`: queues a task that has the agent write one small file into a directory of its own. */
export const createSample: Command = async (context) => {
  const { home, env } = context
  const paths = requireHome(home)
  const { base } = directories(await requireConfig({ home, env }))
  await storing(() => mkdirSync(join(base, 'sample'), { recursive: true }))
  await queueTask(context, paths, newTaskId('sample', new Date()), template('sample.task.md'))
  return 0
}
