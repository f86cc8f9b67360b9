import { copyFileSync, existsSync, lstatSync, renameSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { homePaths, isHome } from '../../config/home.ts'
import { lockHolder } from '../../daemon/lock.ts'
import { OrchestratorError } from '../../domain/errors.ts'
import { TASK_SUFFIX } from '../../domain/task-name.ts'
import { freeName } from '../../inbox/archive.ts'
import type { Command } from '../context.ts'
import { overridesFrom } from '../overrides.ts'
import { storing } from '../storing.ts'
import { foreground } from './start.ts'

/** `run FILE`: one task in the foreground. The file is copied into `tasks/` unless it lies there; a home is not needed for the rest. */
export const run: Command = async (context, [file = ''], options) => {
  if (!isHome(context.home)) throw new OrchestratorError('no_home', `${context.home} is no orchestrator home.`)
  const paths = homePaths(context.home)
  const holder = lockHolder(paths.lock)
  if (holder) {
    throw new OrchestratorError('already_running', `A daemon (process ${holder.pid}) runs on this home and would take the task.`, {
      hint: `Copy the file into ${paths.tasks}/ and follow it with: orchestrator tail-events -f`,
    })
  }
  return foreground(context, { flags: overridesFrom(options), once: true, only: await storing(() => queue(resolve(file), paths.tasks)) })
}

/** Puts a copy into the inbox, in one step, and returns its name there. */
function queue(file: string, tasks: string): string {
  if (!lstatSync(file, { throwIfNoEntry: false })?.isFile())
    throw new OrchestratorError('usage', `${file} is no file.`, { hint: 'Name the markdown file of a task.' })
  if (dirname(file) === resolve(tasks) && file.endsWith(TASK_SUFFIX)) return basename(file)
  const stem = basename(file).replace(/(\.task)?\.md$/, '')
  const name = freeName(tasks, stem)
  const temporary = join(tasks, `.${name}.tmp`)
  copyFileSync(file, temporary)
  if (existsSync(join(tasks, name))) throw new OrchestratorError('cannot_write', `${join(tasks, name)} appeared in this moment.`)
  renameSync(temporary, join(tasks, name))
  return name
}
