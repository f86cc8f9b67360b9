import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Question, questionsFileSchema } from '../domain/question.ts'
import { removeFile, writeDurable } from '../lib/atomic-file.ts'
import type { InboxFolders } from './folders.ts'

/** Answers may be meant for the agent alone. */
const MODE = 0o600

function questionsFile({ waiting }: Pick<InboxFolders, 'waiting'>, taskId: string): string {
  return join(waiting, `${taskId}.questions.json`)
}

/** What a run has asked, oldest first; of the newest run of the task where none is named. Nothing where the file is missing or torn. */
export function readQuestions(folders: Pick<InboxFolders, 'waiting'>, taskId: string, runId?: string): readonly Question[] {
  const path = questionsFile(folders, taskId)
  if (!existsSync(path)) return [] // most runs ask nothing, and an error costs more than a look
  try {
    const { questions } = questionsFileSchema.parse(JSON.parse(readFileSync(path, 'utf8')))
    return runId === undefined ? questions : questions.filter(({ run_id }) => run_id === runId)
  } catch {
    return [] // a torn file cannot be of this program: the run goes on, and the agent may ask again
  }
}

/** Writes what a run has asked so that it survives a power failure. It lies in `tasks/waiting/` from the first question on. */
export async function writeQuestions(folders: InboxFolders, taskId: string, questions: readonly Question[]): Promise<void> {
  const text = `${JSON.stringify({ schema_version: 1, questions }, null, 2)}\n`
  await writeDurable(questionsFile(folders, taskId), text, MODE)
}

/** Forgets what a run has asked once it has its final result. */
export function removeQuestions(folders: InboxFolders, taskId: string): void {
  removeFile(questionsFile(folders, taskId))
}
