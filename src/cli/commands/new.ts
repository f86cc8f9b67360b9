import { statSync } from 'node:fs'
import { homedir } from 'node:os'
import { isAbsolute, join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { directories } from '../../config/directories.ts'
import { expectation } from '../../config/expectation.ts'
import { loadConfig } from '../../config/load.ts'
import { requireHome } from '../../control/view/require-home.ts'
import { OrchestratorError } from '../../domain/errors.ts'
import { type FrontMatter, frontMatterSchema } from '../../domain/task.ts'
import { namesMasked, type Redactor } from '../../lib/redact.ts'
import { composeTask } from '../../task-file/compose.ts'
import { newTaskId } from '../../task-file/task-id.ts'
import type { Command, Context, Options } from '../context.ts'
import { editDraft } from '../edit-draft.ts'
import { homeRedactor } from '../home-redactor.ts'
import { queueTask } from '../queue-task.ts'

/** `new "what to do"`: writes a task file and prints its id. The prompt may come from standard input or be written in an editor. */
export const createTask: Command = async (context, words, options) => {
  const paths = requireHome(context.home)
  const head = headOf(options, context)
  const prompt = await promptOf(words, options.edit === true)
  const redact = await homeRedactor(paths, context.env)
  await warnOfMissing(head.cwd, context, redact)
  const now = new Date()
  const composed = {
    id: newTaskId(namesMasked(redact, prompt), now),
    text: composeTask({ ...head, created: now.toISOString(), prompt }),
  }
  const task = options.edit === true ? await editDraft(context, paths, composed) : composed
  if (!task) return 1
  await queueTask(context, paths, task.id, task.text)
  return 0
}

/** The front matter that the options make; throws `usage` with everything that is wrong with them. */
function headOf({ cwd, type, priority, agent, model }: Options, context: Context): FrontMatter {
  const given = { cwd: typeof cwd === 'string' ? cwdOf(cwd, context) : undefined, type, priority, agent, model }
  const written = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
  const head = frontMatterSchema.safeParse(written)
  if (head.success) return head.data
  throw new OrchestratorError('usage', head.error.issues.map((issue) => `--${String(issue.path[0])} ${expectation(issue)}`).join('\n'), {
    hint: 'See `orchestrator help new`.',
  })
}

/** A path that a shell would resolve from here is made absolute; any other counts from the base directory, as in a task file. */
function cwdOf(cwd: string, { env }: Context): string {
  if (cwd === '~' || /^~[/\\]/.test(cwd)) return join(env.HOME ?? homedir(), cwd.slice(1))
  return /^\.{1,2}([/\\]|$)/.test(cwd) ? resolve(cwd) : cwd
}

async function promptOf(words: readonly string[], edit: boolean): Promise<string> {
  const fromInput = words.join() === '-' || (words.length === 0 && !edit && !process.stdin.isTTY)
  const prompt = fromInput ? await text(process.stdin) : words.join(' ')
  if (prompt.trim() !== '' || edit) return prompt
  throw new OrchestratorError('usage', 'There is nothing to do.', { hint: 'Say it: orchestrator new "what to do", or use --edit.' })
}

/** A directory may still be made before the task starts, so this is no error. */
async function warnOfMissing(cwd: string | undefined, { home, env, err }: Context, redact: Redactor): Promise<void> {
  const outcome = cwd === undefined ? undefined : await loadConfig({ home, env })
  if (cwd === undefined || !outcome?.ok) return
  const path = isAbsolute(cwd) ? cwd : resolve(directories(outcome.config).base, cwd)
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory())
    err.line(`warning: there is no directory ${namesMasked(redact, path)} yet; the task fails without it`)
}
