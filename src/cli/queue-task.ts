import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { HomePaths } from '../config/home.ts'
import { lockHolder } from '../daemon/lock.ts'
import { OrchestratorError } from '../domain/errors.ts'
import { TASK_SUFFIX } from '../domain/task-name.ts'
import { MAX_TASK_BYTES } from '../inbox/read.ts'
import { writeDurable } from '../lib/atomic-file.ts'
import type { Context } from './context.ts'
import { storing } from './storing.ts'

/** Puts a task into the inbox in one step, prints its id on standard output and what becomes of it on standard error. */
export async function queueTask({ out, err }: Context, paths: HomePaths, id: string, text: string): Promise<void> {
  const path = join(paths.tasks, id + TASK_SUFFIX)
  if (Buffer.byteLength(text) > MAX_TASK_BYTES) throw new OrchestratorError('too_large', 'The task would be larger than 1 MiB.')
  if (existsSync(path)) throw new OrchestratorError('wrong_state', `${id} is already queued.`, { hint: `Edit or remove ${path}.` })
  await storing(() => writeDurable(path, text))
  out.line(id)
  err.line(lockHolder(paths.lock) ? `queued: ${path}` : `queued: ${path}\nNo daemon runs here; \`orchestrator start\` does it.`)
}
