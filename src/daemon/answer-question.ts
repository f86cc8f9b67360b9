import { homePaths } from '../config/home.ts'
import { answered, type Question, questionFor } from '../domain/question.ts'
import { readQuestions, writeQuestions } from '../inbox/questions.ts'
import { readRecord } from '../inbox/records.ts'
import { crashPoint } from '../lib/crash-point.ts'
import { namesMasked } from '../lib/redact.ts'
import type { Rooms } from '../pipeline/rooms.ts'
import { notAsking } from './not-asking.ts'

/** Writes an answer down and tells it. Nobody else may change the questions of the home meanwhile. */
export async function answerQuestion(
  { folders, bus, config, redact }: Pick<Rooms, 'folders' | 'bus' | 'config' | 'redact'>,
  taskId: string,
  questionId: string | undefined,
  given: { readonly text: string; readonly by: string },
): Promise<Question> {
  const record = readRecord(folders, taskId)
  if (!record) throw notAsking(homePaths(config().home), taskId)
  const questions = readQuestions(folders, taskId, record.run_id)
  const open = questionFor(questions, taskId, questionId)
  // An option is kept as it was shown, which is how it is found.
  const text = open.options.length > 0 ? namesMasked(redact, given.text) : given.text
  const question = answered(open, { ...given, text }, new Date())
  await writeQuestions(
    folders,
    taskId,
    questions.map((one) => (one.id === question.id ? question : one)),
  )
  crashPoint('question.answered')
  const { id, answer, task_id, run_id } = question
  bus.event({ event: 'answered', question_id: id, answer: answer?.text ?? '', by: answer?.by ?? '', task_id, run_id })
  return question
}
