import { existsSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { HomePaths } from '../../config/home.ts'
import { type TaskView, viewTask } from '../../control/view/home-view.ts'
import { requireHome } from '../../control/view/require-home.ts'
import { resolveId } from '../../control/view/resolve-id.ts'
import { OrchestratorError } from '../../domain/errors.ts'
import { ANSWER_FIELDS } from '../../domain/named-fields.ts'
import type { Task } from '../../domain/task.ts'
import { readQuestions } from '../../inbox/questions.ts'
import { readTaskFile } from '../../inbox/read.ts'
import { maskFields, type Redactor } from '../../lib/redact.ts'
import { runFiles } from '../../results/names.ts'
import type { Command } from '../context.ts'
import { homeRedactor } from '../home-redactor.ts'
import { printJson } from '../print-json.ts'
import { showLines } from '../render/show-lines.ts'
import { createStyle } from '../render/style.ts'

/** `show ID`: everything about one task. */
export const show: Command = async ({ home, env, out }, [text = ''], { json }) => {
  const paths = requireHome(home)
  const id = await resolveId(home, text)
  const redact = await homeRedactor(paths, env)
  const found = viewTask(paths, id)
  const view = found && maskFields(redact, found, ANSWER_FIELDS)
  if (!view) throw new OrchestratorError('no_such_task', `${id} is gone: its file was removed.`)
  const { state, file = null, result = null, record = null, reason = null } = view
  const questions = record ? maskFields(redact, readQuestions(paths, id, record.run_id), ANSWER_FIELDS) : []
  if (json === true) {
    printJson(out, { id, state, file, result, record, reason, questions })
    return 0
  }
  const task = file === null ? undefined : await readTask(file, redact)
  for (const line of showLines({ ...view, task, questions, files: filesOf(paths, view) }, createStyle(out.color))) out.line(line)
  return 0
}

/** The task as its file says it, without secrets; undefined where the file cannot be read or is no task. */
async function readTask(file: string, redact: Redactor): Promise<Task | undefined> {
  const { parseTask } = await import('../../task-file/parse.ts')
  const read = readTaskFile(file)
  const parsed = read.kind === 'bytes' ? parseTask({ bytes: read.bytes, file, modified: new Date(), redact }) : undefined
  return parsed?.ok ? maskFields(redact, parsed.task, ANSWER_FIELDS) : undefined
}

/** The files of a task that are there, as paths within the home. */
function filesOf(paths: HomePaths, { id, file, result, record }: TaskView): readonly (readonly [name: string, path: string])[] {
  const runId = result?.run_id ?? record?.run_id
  const ofRun = runFiles(paths, id)
  const kept = (kind: string) => runId && join(paths.runs, `${runId}.${kind}`)
  const files = [
    ['task', file],
    ['result', result && ofRun.result],
    ['summary', result && ofRun.summary],
    ['transcript', kept('ndjson')],
    ['verify log', kept('verify.log')],
    ['patch', kept('patch')],
  ] as const
  return files.flatMap(([name, path]) => (path && existsSync(path) ? [[name, relative(paths.home, path)] as const] : []))
}
