import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { z } from 'zod'
import { type Question, questionsFileSchema } from '../domain/question.ts'
import { removeFile, writeDurable } from '../lib/atomic-file.ts'
import { type Form, readState } from '../lib/read-state.ts'
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
  // A torn file cannot be of this program, and one of another task is none of this: the run goes on, and the agent may ask again.
  const { questions } = readState(path, questionsOf(taskId)) ?? { questions: [] }
  return runId === undefined ? questions : questions.filter(({ run_id }) => run_id === runId)
}

function questionsOf(taskId: string): Form<z.infer<typeof questionsFileSchema>> {
  return questionsFileSchema.refine(({ questions }) => questions.every(({ task_id }) => task_id === taskId))
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
