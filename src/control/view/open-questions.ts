import { isOpen, type Question } from '../../domain/question.ts'
import { readQuestions } from '../../inbox/questions.ts'
import type { OpenQuestion, WaitingTask } from '../protocol.ts'
import { begunIdsIn } from './folder-names.ts'

/** What waits for people, as the files say it. */
export function waitingOnFiles(paths: { readonly waiting: string }): WaitingTask[] {
  return begunIdsIn(paths.waiting).map((id) => ({ id, questions: readQuestions(paths, id).filter(isOpen).map(openQuestion) }))
}

/** A question for those who are to answer it. */
export function openQuestion({ id, text, options, default: fallback, asked, deadline }: Question): OpenQuestion {
  return { id, text, options, default: fallback, asked, deadline }
}
