import { z } from 'zod'
import { OrchestratorError } from './errors.ts'
import { type AttemptRecord, modelTurnsOf } from './run.ts'
import { TASK_ID } from './task-name.ts'

/** The longest question, answer and progress note, in characters. */
export const LONGEST_TEXT = 4_000
/** What a question may offer. */
export const MOST_OPTIONS = 20
export const LONGEST_OPTION = 200

/** Who is named where nobody answered in time and the default was taken. */
export const BY_DEADLINE = 'deadline'

/** One question of an agent. Times are ISO 8601 in UTC. */
export const questionSchema = z.strictObject({
  /** Never used again, not even by a later run of the task. */
  id: z.string().min(1),
  task_id: z.string().regex(TASK_ID),
  run_id: z.string().regex(TASK_ID),
  /** The attempt that asked. */
  attempt: z.int().min(1),
  text: z.string().min(1),
  /** Where there are any, nothing else is an answer. */
  options: z.array(z.string()),
  /** Taken at the deadline. */
  default: z.string().nullable(),
  asked: z.iso.datetime(),
  deadline: z.iso.datetime().nullable(),
  /** `expired` had its deadline; its answer is then the default, or null. */
  state: z.enum(['open', 'answered', 'expired']),
  answer: z.strictObject({ text: z.string(), by: z.string(), at: z.iso.datetime() }).nullable(),
  /** Whether `orchestrator ask` has printed the answer. */
  printed: z.boolean(),
})
export type Question = z.infer<typeof questionSchema>

/** `tasks/waiting/<id>.questions.json`: all that the newest run of a task has asked, oldest first. */
export const questionsFileSchema = z.strictObject({ schema_version: z.literal(1), questions: z.array(questionSchema) })

/** What an agent asks. */
export type Asking = Pick<Question, 'task_id' | 'run_id' | 'attempt' | 'text' | 'options' | 'default' | 'deadline'>

/** A question that was just put. */
export function newQuestion(asking: Asking, now: Date, random: () => number = Math.random): Question {
  const tail = Math.floor(random() * 36 ** 8)
    .toString(36)
    .padStart(8, '0')
  return { id: `q${tail}`, ...asking, asked: now.toISOString(), state: 'open', answer: null, printed: false }
}

export function isOpen({ state }: Question): boolean {
  return state === 'open'
}

/** Whether its time was over without an answer and without a default: the task cannot go on. */
export function isUnanswered({ state, answer }: Question): boolean {
  return state === 'expired' && answer === null
}

/** Whether its time is over and nobody has noted that yet. */
export function isOverdue({ state, deadline }: Question, now: Date): boolean {
  return state === 'open' && deadline !== null && Date.parse(deadline) <= now.getTime()
}

/** Whether the agent has still to be told its answer: neither `ask` has printed it, nor was a later attempt begun with it and got through to the model. */
export function isUntold({ answer, printed, attempt: asked }: Question, attempts: readonly AttemptRecord[]): boolean {
  if (answer === null || printed) return false
  return !attempts.some((later) => later.attempt > asked && ((modelTurnsOf(later) ?? 0) > 0 || later.outcome === 'completed'))
}

/** Whether an attempt that ends now, and got through to the model, ends without the answer: nobody gave it, or too late to be printed. */
export function isAwaited(question: Question, attempt: number): boolean {
  return isOpen(question) || (question.attempt >= attempt && isUntold(question, []))
}

/** Whether the agent that has asked these waits for one of the answers still: its work is not done before it knows them. */
export function awaitsAnswer(questions: readonly Question[], attempts: readonly AttemptRecord[]): boolean {
  return questions.some((question) => isOpen(question) || isUntold(question, attempts))
}

/** Whether an agent that asks this asks what it has asked before and has not got to know. */
export function isSame(question: Question, { text, options }: Pick<Question, 'text' | 'options'>): boolean {
  return question.text === text && JSON.stringify(question.options) === JSON.stringify(options)
}

/** The question at its deadline: with its default as the answer, if it has one. */
export function expired(question: Question, now: Date): Question {
  const answer = question.default === null ? null : { text: question.default, by: BY_DEADLINE, at: now.toISOString() }
  return { ...question, state: 'expired', answer }
}

/**
 * The question with the answer of a person. Throws `already_answered` with who was first, `answered_too_late`, or `bad_answer` for
 * one that is empty, too long or none of the options.
 */
export function answered(question: Question, { text, by }: { readonly text: string; readonly by: string }, now: Date): Question {
  const { state, answer, deadline } = question
  if (state === 'answered' && answer) {
    throw new OrchestratorError('already_answered', `"${question.text}" was answered by ${answer.by} at ${answer.at}: ${answer.text}`)
  }
  if (state === 'expired' || isOverdue(question, now)) {
    const taken = (answer?.text ?? question.default) === null ? '' : `; "${answer?.text ?? question.default}" was taken`
    throw new OrchestratorError('answered_too_late', `"${question.text}" could be answered until ${deadline}${taken}.`)
  }
  return { ...question, state: 'answered', answer: { text: validAnswer(question, text), by, at: now.toISOString() } }
}

/** The answer as it counts: an option as it was offered, whatever the case it was typed in. */
function validAnswer({ options }: Question, text: string): string {
  const given = text.trim()
  if (given === '') throw new OrchestratorError('bad_answer', 'An answer cannot be empty.')
  if (given.length > LONGEST_TEXT) throw new OrchestratorError('bad_answer', `An answer has at most ${LONGEST_TEXT} characters.`)
  if (options.length === 0) return given
  const option = options.find((one) => one === given) ?? options.find((one) => one.toLowerCase() === given.toLowerCase())
  if (option !== undefined) return option
  throw new OrchestratorError('bad_answer', `"${given}" is none of the options.`, { hint: `Answer one of: ${options.join(' | ')}` })
}

/** The one open question that an answer is for. Throws `no_such_question`, `which_question`, or what `answered` would say of one that is not open any more. */
export function questionFor(questions: readonly Question[], taskId: string, questionId: string | undefined): Question {
  if (questionId !== undefined) {
    const question = questions.find(({ id }) => id === questionId)
    if (question) return question
    throw new OrchestratorError('no_such_question', `${taskId} does not ask "${questionId}".`)
  }
  const [first, second] = questions.filter(isOpen)
  if (first && second) {
    const list = questions.filter(isOpen).map(({ id, text }) => `${id} "${text}"`)
    throw new OrchestratorError('which_question', `${taskId} asks ${list.length} questions: ${list.join(', ')}.`)
  }
  const question = first ?? questions.at(-1)
  if (question) return question
  throw new OrchestratorError('no_such_question', `${taskId} asks nothing.`)
}
