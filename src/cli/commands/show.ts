import { existsSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { HomePaths } from '../../config/home.ts'
import { type TaskView, viewTask } from '../../control/view/home-view.ts'
import { requireHome } from '../../control/view/require-home.ts'
import { resolveId } from '../../control/view/resolve-id.ts'
import { OrchestratorError } from '../../domain/errors.ts'
import type { Task } from '../../domain/task.ts'
import { readQuestions } from '../../inbox/questions.ts'
import { readTaskFile } from '../../inbox/read.ts'
import { runFiles } from '../../results/names.ts'
import type { Command } from '../context.ts'
import { printJson } from '../print-json.ts'
import { showLines } from '../render/show-lines.ts'
import { createStyle } from '../render/style.ts'

/** `show ID`: everything about one task. */
export const show: Command = async ({ home, out }, [text = ''], { json }) => {
  const paths = requireHome(home)
  const id = await resolveId(home, text)
  const view = viewTask(paths, id)
  if (!view) throw new OrchestratorError('no_such_task', `${id} is gone: its file was removed.`)
  const { state, file = null, result = null, record = null, reason = null } = view
  const questions = record ? readQuestions(paths, id, record.run_id) : []
  if (json === true) {
    printJson(out, { id, state, file, result, record, reason, questions })
    return 0
  }
  const task = file === null ? undefined : await readTask(file)
  for (const line of showLines({ ...view, task, questions, files: filesOf(paths, view) }, createStyle(out.color))) out.line(line)
  return 0
}

/** The task as its file says it; undefined where the file cannot be read or is no task. */
async function readTask(file: string): Promise<Task | undefined> {
  const { parseTask } = await import('../../task-file/parse.ts')
  const read = readTaskFile(file)
  const parsed = read.kind === 'bytes' ? parseTask({ bytes: read.bytes, file, modified: new Date() }) : undefined
  return parsed?.ok ? parsed.task : undefined
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
