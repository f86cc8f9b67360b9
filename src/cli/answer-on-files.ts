import type { HomePaths } from '../config/home.ts'
import { requireConfig } from '../config/load.ts'
import type { Verbs } from '../control/protocol.ts'
import { compose } from '../daemon/compose.ts'
import { acquireLock } from '../daemon/lock.ts'
import { answerQuestion } from '../daemon/questions.ts'
import { makeFolders } from '../inbox/folders.ts'
import { Disposer } from '../lib/disposer.ts'
import { version } from '../lib/version.ts'

/** Answers a question while no daemon runs, by being the daemon for that moment, so that of two answers the first counts. */
export async function answerOnFiles(
  paths: HomePaths,
  taskId: string,
  questionId: string | undefined,
  given: { readonly text: string; readonly by: string },
): Promise<Verbs['answer']['value']> {
  await using disposer = new Disposer()
  const config = await requireConfig({ home: paths.home })
  disposer.use(await acquireLock(paths.lock, version(), paths.socket))
  makeFolders(paths)
  const { rooms } = await compose({ paths, config, flags: {}, only: undefined, onChange: () => undefined }, disposer)
  const { id, answer } = await answerQuestion(rooms, taskId, questionId, given)
  return { taskId, questionId: id, answer: answer?.text ?? '' }
}
