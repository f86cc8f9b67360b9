import type { HomePaths } from '../config/home.ts'
import type { Commands, FromRun, RunCommands, Verbs, WaitingTask } from '../control/protocol.ts'
import { openQuestion } from '../control/view/open-questions.ts'
import { resolveId } from '../control/view/resolve-id.ts'
import { OrchestratorError } from '../domain/errors.ts'
import { type Asking, isUnanswered, LONGEST_OPTION, LONGEST_TEXT, MOST_OPTIONS } from '../domain/question.ts'
import { namesMasked } from '../lib/redact.ts'
import type { Rooms } from '../pipeline/rooms.ts'
import type { Run } from '../pipeline/run.ts'
import type { AskClock } from './ask-clock.ts'
import type { Dispatcher } from './dispatcher.ts'
import type { Questions } from './questions.ts'
import type { RunTokens } from './run-tokens.ts'

const LONGEST_DEADLINE_MS = 366 * 24 * 60 * 60_000

/** What the asking of agents needs. */
export interface AskParts {
  readonly rooms: Rooms
  readonly dispatcher: Dispatcher
  readonly questions: Questions
  readonly tokens: RunTokens
  readonly askClock: AskClock
}

/** What the answering of people needs. */
export interface AnswerParts extends Pick<AskParts, 'dispatcher' | 'questions'> {
  readonly paths: HomePaths
}

/** What the agent of a run asks and tells, over the socket of that run. */
export function createRunCommands(ofRun: string, parts: AskParts): RunCommands {
  const { rooms, questions, askClock } = parts
  return {
    ask: async (request, gone) => {
      const run = runOf(request, ofRun, parts)
      const put = await questions.put(asking(request, run, rooms))
      const signals = [parts.dispatcher.draining, run.stop.signal, ...(gone ? [gone] : [])]
      const waitMs = rooms.config().settings.ASK_WAIT_SEC * 1000
      const question = await askClock.during(ofRun, () => questions.settled(put, waitMs, signals))
      if (isUnanswered(question)) throw new OrchestratorError('question_unanswered', `Nobody answered until ${question.deadline}.`)
      const { id: questionId, answer } = question
      if (answer && !gone?.aborted) await questions.printed(question)
      return { questionId, answer: answer?.text ?? null, by: answer?.by ?? null }
    },

    respond: async (request) => {
      const { record } = runOf(request, ofRun, parts)
      const text = worded(request.text, 'A note')
      rooms.bus.event({ event: 'noted', text, task_id: record.task_id, run_id: record.run_id })
      return { noted: true }
    },
  }
}

/** What people answer. */
export function createAnswerCommand({ paths, questions }: Pick<AnswerParts, 'paths' | 'questions'>): Commands['answer'] {
  return async ({ taskId: wanted, questionId, text, by }) => {
    const taskId = await resolveId(paths.home, wanted)
    const { id, answer } = await questions.answer(taskId, { questionId, text, by: by || 'cli' })
    return { taskId, questionId: id, answer: answer?.text ?? '' }
  }
}

/** What waits for people, in the order of its questions. */
export function waitingTasks({ dispatcher, questions }: Omit<AnswerParts, 'paths'>): WaitingTask[] {
  const tasks = Array.from(dispatcher.parked.ids, (id) => ({ id, questions: questions.openOf(id).map(openQuestion) }))
  return tasks.sort((a, b) => ((a.questions[0]?.asked ?? '') < (b.questions[0]?.asked ?? '') ? -1 : 1))
}

/** The run whose agent this is: its socket and its token say so alike. Throws `run_token_refused` for whoever is none. */
function runOf({ runId, token }: FromRun, ofRun: string, { dispatcher, tokens }: Pick<AskParts, 'dispatcher' | 'tokens'>): Run {
  const run = runId === ofRun && tokens.fits(runId, token) ? dispatcher.seats.ofRun(runId)?.run : undefined
  if (run) return run
  throw new OrchestratorError('run_token_refused', `No agent of a run ${runId} with this token is at work here.`)
}

function asking({ text, options, default: fallback, deadlineMs }: Verbs['ask']['request'], run: Run, { redact }: Rooms): Asking {
  const trimmed = [...new Set(options.map((option) => option.trim()))]
  if (trimmed.length > MOST_OPTIONS) throw new OrchestratorError('bad_question', `A question has at most ${MOST_OPTIONS} options.`)
  if (trimmed.some((option) => option === '' || option.length > LONGEST_OPTION)) {
    throw new OrchestratorError('bad_question', `An option has 1 to ${LONGEST_OPTION} characters.`)
  }
  // Options are names that people choose by: a secret that is an ordinary word stays in them.
  const offered = [...new Set(trimmed.map((option) => namesMasked(redact, option)))]
  const said = fallback === null ? null : worded(fallback, 'A default')
  const taken = said === null ? null : offered.length > 0 ? namesMasked(redact, said) : redact(said)
  if (taken !== null && offered.length > 0 && !offered.includes(taken)) {
    throw new OrchestratorError('bad_question', `The default "${taken}" is none of the options: ${offered.join(' | ')}.`)
  }
  if (deadlineMs !== null && !(deadlineMs > 0 && deadlineMs <= LONGEST_DEADLINE_MS)) {
    throw new OrchestratorError('bad_question', 'A deadline lies ahead and within a year, such as 30m.')
  }
  return {
    task_id: run.record.task_id,
    run_id: run.record.run_id,
    attempt: Math.max(run.record.attempts.length, 1),
    text: redact(worded(text, 'A question')),
    options: offered,
    default: taken,
    deadline: deadlineMs === null ? null : new Date(Date.now() + deadlineMs).toISOString(),
  }
}

function worded(text: string, what: string): string {
  const said = text.trim()
  if (said !== '' && said.length <= LONGEST_TEXT) return said
  throw new OrchestratorError('bad_question', `${what} has 1 to ${LONGEST_TEXT} characters.`)
}
