import type { HomePaths } from '../config/home.ts'
import type { OwnerVerbs } from '../control/protocol.ts'
import { answerQuestion } from '../daemon/answer-question.ts'
import { Disposer } from '../lib/disposer.ts'
import { houseOnFiles } from './house-on-files.ts'

/** Answers a question while no daemon runs, by being the daemon for that moment, so that of two answers the first counts. */
export async function answerOnFiles(
  paths: HomePaths,
  taskId: string,
  questionId: string | undefined,
  given: { readonly text: string; readonly by: string },
): Promise<OwnerVerbs['answer']['value']> {
  await using disposer = new Disposer()
  const { rooms } = await houseOnFiles(paths, disposer)
  const { id, answer } = await answerQuestion(rooms, taskId, questionId, given)
  return { taskId, questionId: id, answer: answer?.text ?? '' }
}
