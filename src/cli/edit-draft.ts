import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { HomePaths } from '../config/home.ts'
import { OrchestratorError } from '../domain/errors.ts'
import { TASK_SUFFIX } from '../domain/task-name.ts'
import { parseTask } from '../task-file/parse.ts'
import type { Context } from './context.ts'
import { storing } from './storing.ts'

/** A task file that is to be queued. */
interface Draft {
  readonly id: string
  readonly text: string
}

/**
 * Has a person edit a task before it is queued; undefined where nothing is left of it. Throws where the editor fails, and
 * where the task would be refused: the draft is then kept, so that no work is lost.
 */
export async function editDraft(context: Context, { tasks }: HomePaths, { id, text }: Draft): Promise<Draft | undefined> {
  const path = join(tasks, `.draft-${id}${TASK_SUFFIX}`)
  await storing(() => writeFileSync(path, text, { flag: 'wx' }))
  const editor = context.env.VISUAL || context.env.EDITOR || (process.platform === 'win32' ? 'notepad' : 'vi')
  const status = await runEditor(editor, path, context)
  if (status !== 0) {
    rmSync(path, { force: true })
    throw new OrchestratorError('usage', `The editor (${editor}) ended with status ${status}; nothing was queued.`, {
      hint: 'Set EDITOR to an editor that waits until the file is closed, such as "code --wait".',
    })
  }
  return readDraft(context, path, id, tasks)
}

function readDraft({ err }: Context, path: string, id: string, tasks: string): Draft | undefined {
  const bytes = readFileSync(path)
  const parsed = parseTask({ bytes, file: id + TASK_SUFFIX, modified: new Date() })
  if (parsed.ok || parsed.problem.code === 'no_prompt' || parsed.problem.code === 'empty_file') rmSync(path)
  if (parsed.ok) return { id: parsed.task.id, text: bytes.toString() }
  if (parsed.problem.code === 'no_prompt' || parsed.problem.code === 'empty_file') {
    err.line('nothing was queued: the file asks for nothing')
    return undefined
  }
  throw new OrchestratorError(parsed.problem.code, `The task would be refused: ${parsed.problem.message}`, {
    hint: `${parsed.problem.hint} The draft is kept; mend it, then: mv ${path} ${join(tasks, id + TASK_SUFFIX)}`,
  })
}

/** The setting may hold options, so a shell takes it apart, as for git. What the editor draws never mixes with the id. */
async function runEditor(editor: string, path: string, { env, out }: Context): Promise<number | string> {
  const stdio = ['inherit', out.isTerminal ? 'inherit' : 2, 'inherit'] as const
  const [file, args, shell] =
    process.platform === 'win32'
      ? ([`${editor} "${path}"`, [], true] as const)
      : (['sh', ['-c', `${editor} "$1"`, 'sh', path], false] as const)
  const child = spawn(file, args, { stdio: [...stdio], shell, env })
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null]
  return code ?? signal ?? 'unknown'
}
