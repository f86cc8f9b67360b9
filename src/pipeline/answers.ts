import { BY_DEADLINE, isUntold, type Question } from '../domain/question.ts'
import type { Run } from './run.ts'

/** The prompt of a conversation that is gone on with: the answers that the agent waits for, or the given words where it waits for none. */
export function promptToGoOn(words: string, { questions, record }: Run): string {
  const untold = questions.filter((question) => isUntold(question, record.attempts))
  if (untold.length === 0) return words
  const told = untold.map(inWords).join('\n\n')
  return record.attempts.at(-1)?.outcome === 'parked' ? `${told}\n\nGo on with the task.` : `${words}\n\n${told}`
}

/** The prompt of a conversation that begins anew: the task, and all that was answered before. */
export function promptToBegin(task: string, { questions }: Run): string {
  return [task, ...questions.filter(({ answer }) => answer !== null).map(inWords)].join('\n\n')
}

/** Whether everything that people answered was answered at this machine: only then may it name files. */
export function isAnsweredHere({ questions }: Run): boolean {
  return questions.every(({ answer }) => answer === null || answer.by === BY_DEADLINE || isByCommandLine(answer.by))
}

function inWords({ text, answer }: Question): string {
  const how = answer?.by === BY_DEADLINE ? ' (nobody answered in time, so your default was taken)' : ''
  return `You asked${how}: ${text}\nAnswer: ${answer?.text ?? ''}`
}

/** A bridge puts the number of the sender behind a name that the sender chose, and that may be any. */
function isByCommandLine(by: string): boolean {
  return /^cli(:|$)/.test(by) && !/ \(\w+ -?\d+\)$/.test(by)
}
