import { own, type PromptPart, paragraphs, type Source } from '../domain/prompt.ts'
import { BY_DEADLINE, isUntold, type Question } from '../domain/question.ts'
import type { Run } from './run.ts'

/** The prompt of a conversation that is gone on with: the answers that the agent waits for, or the given words where it waits for none. */
export function promptToGoOn(words: readonly PromptPart[], { questions, record }: Run): PromptPart[] {
  const untold = questions.filter((question) => isUntold(question, record.attempts))
  if (untold.length === 0) return [...words]
  const told = untold.map(inWords)
  return record.attempts.at(-1)?.outcome === 'parked' ? paragraphs(...told, [own('Go on with the task.')]) : paragraphs(words, ...told)
}

/** The prompt of a conversation that begins anew: the task, and all that was answered before. */
export function promptToBegin(task: readonly PromptPart[], { questions }: Run): PromptPart[] {
  return paragraphs(task, ...questions.filter(({ answer }) => answer !== null).map(inWords))
}

/** Whether somebody who is not at this machine has answered. */
export function isByPerson({ answer }: Question): boolean {
  return answer !== null && answer.by !== BY_DEADLINE && !isByCommandLine(answer.by)
}

/** The words of a question are its agent's, whoever answers it. */
function inWords(question: Question): PromptPart[] {
  const { text, answer } = question
  const how = answer?.by === BY_DEADLINE ? ' (nobody answered in time, so your default was taken)' : ''
  return [
    own(`You asked${how}: `),
    { source: 'program', text },
    own('\nAnswer: '),
    { source: sourceOfAnswer(question), text: answer?.text ?? '' },
  ]
}

/** A default and an option are words of the agent, even where a person chose them; but a person who had a choice had a say. */
function sourceOfAnswer(question: Question): Source {
  const { answer, options } = question
  if (isByPerson(question)) return 'person'
  if (answer === null || answer.by === BY_DEADLINE) return 'program'
  return options.length > 0 ? 'program' : 'owner'
}

/** A bridge puts the number of the sender behind a name that the sender chose, and that may be any. */
function isByCommandLine(by: string): boolean {
  return /^cli(:|$)/.test(by) && !/ \(\w+ -?\d+\)$/.test(by)
}
