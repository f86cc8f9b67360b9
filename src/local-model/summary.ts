import { z } from 'zod'
import type { TaskResult } from '../domain/result.ts'
import type { Question } from './ask.ts'
import { excerpt } from './excerpt.ts'

const MAX_LINES = 10
const MAX_CHARACTERS = 800

const answerSchema = z.object({ summary: z.string() })

/** Asks for a summary of a run for a person on a phone. */
export function summaryQuestion(result: TaskResult): Question {
  const { title, status, failure, files_changed: changes, output } = result
  const facts = [
    `Task: ${title}`,
    `Status: ${status}`,
    ...(failure ? [`Failure: ${failure.message}`] : []),
    ...(changes?.length ? [`Files changed: ${changes.map(({ path }) => path).join(', ')}`] : []),
  ]
  return {
    task:
      'You tell a person on a phone what became of a task that a coding agent worked on. At most six short lines of plain text, without ' +
      'markdown: what was done, what was found, what is left to do. Say nothing that the text does not say, and do not repeat the ' +
      'status or the title. Answer in JSON, in the language of the task.',
    material: `${excerpt(facts.join('\n'))}\n\nThe last words of the agent:\n${excerpt(output)}`,
    format: z.toJSONSchema(answerSchema, { io: 'input' }),
  }
}

/** The summary in an answer; undefined where it is empty, malformed or too long for a phone. */
export function readSummaryAnswer(answer: unknown): string | undefined {
  const summary = answerSchema.safeParse(answer).data?.summary.trim()
  if (!summary || summary.length > MAX_CHARACTERS) return undefined
  return summary.split('\n').length > MAX_LINES ? undefined : summary
}
