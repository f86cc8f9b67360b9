import { join, resolve } from 'node:path'
import { directories } from '../config/directories.ts'
import type { HomePaths } from '../config/home.ts'
import type { Config } from '../config/schema.ts'
import type { CreatedTask, TaskDocument, TaskWish } from '../control/protocol.ts'
import { isFinal, viewTask } from '../control/view/home-view.ts'
import { resolveId } from '../control/view/resolve-id.ts'
import { OrchestratorError } from '../domain/errors.ts'
import type { Task } from '../domain/task.ts'
import { TASK_SUFFIX } from '../domain/task-name.ts'
import { MAX_TASK_BYTES } from '../inbox/read.ts'
import { writeDurable } from '../lib/atomic-file.ts'
import { maskShapes, namesMasked, type Redactor } from '../lib/redact.ts'
import { resolveInside } from '../lib/safe-path.ts'
import { widening } from '../pipeline/foreign-task.ts'
import type { Rooms } from '../pipeline/rooms.ts'
import { composeTask } from '../task-file/compose.ts'
import { withOrigin } from '../task-file/origin.ts'
import { parseTask } from '../task-file/parse.ts'
import { idFromFile, taskIdFrom } from '../task-file/task-id.ts'
import { keepFiles, readingRules } from './attachments.ts'
import { cardOf } from './tell-task.ts'

/** Writes the task that a wish describes into the inbox, its files first. Throws where it could only fail: what has no such directory, or goes on with an unknown task. */
export async function createTask(
  wish: TaskWish,
  paths: HomePaths,
  { config, redact }: Pick<Rooms, 'config' | 'redact'>,
): Promise<CreatedTask> {
  const { prompt, cwd, origin, files = [] } = wish
  const now = new Date()
  const id = taskIdFrom(namesMasked(redact, prompt), origin ?? String(now.getTime()))
  const created = { id, file: id + TASK_SUFFIX }
  if (viewTask(paths, id)) return created
  if (cwd !== undefined) await requireDirectory(cwd, config())
  const resume = wish.resume === undefined ? undefined : await resolveId(paths.home, wish.resume)
  const attached = await keepFiles(files, paths, id)
  await putInInbox(
    paths,
    created.file,
    composeTask({
      created: now.toISOString(),
      prompt,
      cwd,
      origin,
      resume,
      depends_on: resume !== undefined && !hasEnded(paths, resume) ? [resume] : undefined,
      allowed_tools: readingRules(paths, id, resume),
      context: attached.length > 0 ? `Attached files:\n${attached.map((path) => `- ${path}`).join('\n')}` : undefined,
    }),
  )
  return created
}

/**
 * Puts a whole task file into the inbox. Throws `bad_value` and its like, with line and column, where it would be rejected there, and
 * `widening_key` where it asks for more than its sender may give.
 */
export async function submitTask(
  { markdown, name, origin, forwarded = false }: TaskDocument,
  paths: HomePaths,
  { config, redact }: Pick<Rooms, 'config' | 'redact'>,
): Promise<CreatedTask> {
  const text = withOrigin(markdown, origin)
  const file = `${taskIdFrom(idFromFile(name), `${origin} ${markdown}`)}${TASK_SUFFIX}`
  const sent = requireTask(markdown, name, redact) // first as it was sent, so that its own lines are named
  if (forwarded || config().settings.BRIDGE_DOCUMENTS === 'plain') await requirePlain({ markdown, name, origin }, sent, paths, config())
  const { head } = requireTask(text, name, redact)
  if (head.origin !== origin) throw new OrchestratorError('bad_value', 'The front matter cannot be marked with its origin.')
  const id = head.id ?? file.slice(0, -TASK_SUFFIX.length)
  await putInInbox(paths, file, text)
  return { id, file }
}

/** A document may give itself no more than a message could: its place must be there, and a conversation that it goes on with be of its chat. */
async function requirePlain({ markdown, name, origin }: TaskDocument, { head }: Task, paths: HomePaths, config: Config): Promise<void> {
  const problem = widening({ bytes: Buffer.from(markdown), file: name }, config)
  if (problem) throw new OrchestratorError(problem.code, problem.message, { hint: problem.hint })
  if (head.cwd !== undefined) await requireDirectory(head.cwd, config)
  if (head.resume === undefined) return
  const earlier = await cardOf(head.resume, paths, maskShapes)
  if (chatOf(earlier.origin ?? '') === chatOf(origin)) return
  throw new OrchestratorError(
    'widening_key',
    `resume: ${earlier.id} is no task of this chat, so a document cannot go on with its conversation.`,
  )
}

/** An origin without its last part, which is the message. */
function chatOf(origin: string): string {
  return origin.replace(/:[^:]*$/, '')
}

function requireTask(text: string, file: string, redact: Redactor): Task {
  const parsed = parseTask({ bytes: Buffer.from(text), file, modified: new Date(), redact })
  if (parsed.ok) return parsed.task
  throw new OrchestratorError(parsed.problem.code, parsed.problem.message, { hint: parsed.problem.hint })
}

async function putInInbox(paths: HomePaths, file: string, text: string): Promise<void> {
  if (Buffer.byteLength(text) > MAX_TASK_BYTES) throw new OrchestratorError('too_large', 'The task would be larger than 1 MiB.')
  await writeDurable(join(paths.tasks, file), text).catch((error: Error) => {
    throw new OrchestratorError('cannot_write', error.message, { cause: error })
  })
}

async function requireDirectory(cwd: string, config: Config): Promise<void> {
  const { base, root } = directories(config)
  const found = resolveInside(root, resolve(base, cwd))
  if (found.ok) return
  if (found.reason === 'outside')
    throw new OrchestratorError('cwd_outside_root', `${cwd} lies outside the directory that tasks may work in.`)
  throw new OrchestratorError('cwd_missing', `There is no directory ${cwd}.`)
}

function hasEnded(paths: HomePaths, id: string): boolean {
  const view = viewTask(paths, id)
  return view !== undefined && isFinal(view.state)
}
