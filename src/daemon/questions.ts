import { OrchestratorError } from '../domain/errors.ts'
import { type Asking, expired, isOpen, isOverdue, isSame, isUnanswered, isUntold, newQuestion, type Question } from '../domain/question.ts'
import { readQuestions, writeQuestions } from '../inbox/questions.ts'
import { readRecord } from '../inbox/records.ts'
import { crashPoint } from '../lib/crash-point.ts'
import type { Rooms } from '../pipeline/rooms.ts'
import { answerQuestion } from './answer-question.ts'
import type { Dispatcher } from './dispatcher.ts'
import { QuestionListeners } from './question-listeners.ts'
import { Seats } from './seats.ts'
import { WakeTimer } from './wake-timer.ts'

/** Milliseconds until something is tried again that the disk refused. */
const RETRY_MS = 2_000
/** More than this is no asking any more. */
const MOST_OPEN = 10
/** All questions of a run stand in one file, which is read and written for each. */
const MOST_ASKED = 100

/**
 * What agents ask, from the question to the answer. Files are the truth (`tasks/waiting/<id>.questions.json`); kept in memory is only what
 * is open. One change at a time, so that of two answers the first counts.
 */
export class Questions implements AsyncDisposable {
  readonly #rooms: Rooms
  readonly #dispatcher: Dispatcher
  /** By task: parked ones, and those whose agent asks right now. */
  readonly #open = new Map<string, readonly Question[]>()
  readonly #listeners = new QuestionListeners()
  readonly #wake = new WakeTimer(() => void this.#expireOverdue())
  #last: Promise<unknown> = Promise.resolve()

  constructor(rooms: Rooms, dispatcher: Dispatcher) {
    this.#rooms = rooms
    this.#dispatcher = dispatcher
  }

  /** The open questions of a task, oldest first. */
  openOf(taskId: string): readonly Question[] {
    return this.#open.get(taskId) ?? []
  }

  /** The next deadline of a parked task, in milliseconds since the epoch. */
  get nextDeadline(): number | undefined {
    const times = [...this.#dispatcher.parked.ids].flatMap((taskId) => this.openOf(taskId).map(deadlineOf))
    return times.reduce((least, time) => (time !== undefined && (least === undefined || time < least) ? time : least), undefined)
  }

  /** Puts a question, which is on disk when this settles. One that the agent has put before, and not got to know the answer of, is that one. */
  put(asking: Asking): Promise<Question> {
    return this.#inOrder(async () => {
      const { task_id, run_id } = asking
      const before = readQuestions(this.#rooms.folders, task_id, run_id)
      const attempts = this.#dispatcher.seats.of(task_id)?.run?.record.attempts ?? []
      const same = before.find((one) => isSame(one, asking) && (isOpen(one) || isUntold(one, attempts)))
      if (same) return same
      if (before.filter(isOpen).length >= MOST_OPEN) {
        throw new OrchestratorError('bad_question', `${task_id} has ${MOST_OPEN} open questions already.`, {
          hint: 'End your turn; the task goes on when they are answered.',
        })
      }
      if (before.length >= MOST_ASKED) throw new OrchestratorError('bad_question', `${task_id} has asked ${MOST_ASKED} questions already.`)
      const question = newQuestion(asking, new Date())
      await this.#keep(task_id, [...before, question])
      crashPoint('question.asked')
      const { id, text, options, default: fallback, deadline } = question
      this.#rooms.bus.event({ event: 'asked', question_id: id, text, options, default: fallback, deadline, task_id, run_id })
      return question
    })
  }

  /** The question once it is not open any more, or as it is when the time is up or a signal aborts. */
  settled(question: Question, ms: number, signals: readonly AbortSignal[]): Promise<Question> {
    return this.#listeners.settled(question, ms, signals)
  }

  /** Notes that the agent has been given the answer. */
  printed({ task_id, run_id, id }: Question): Promise<void> {
    return this.#inOrder(async () => {
      const questions = readQuestions(this.#rooms.folders, task_id, run_id)
      await this.#keep(
        task_id,
        questions.map((one) => (one.id === id ? { ...one, printed: true } : one)),
      )
    })
  }

  /** Takes the answer of a person, which is on disk when this settles; a parked task whose questions are all answered goes on. Throws why it does not count. */
  answer(
    taskId: string,
    { questionId, ...given }: { readonly questionId: string | undefined; readonly text: string; readonly by: string },
  ): Promise<Question> {
    return this.#inOrder(async () => {
      const question = await answerQuestion(this.#rooms, taskId, questionId, given)
      this.#remember(taskId, readQuestions(this.#rooms.folders, taskId, question.run_id))
      this.#listeners.tell(question)
      void this.#goOn(taskId)
      return question
    })
  }

  /** Takes care of a task that lies in `tasks/waiting/`. What was answered in that very moment goes on at once. */
  parked(taskId: string): void {
    const record = readRecord(this.#rooms.folders, taskId)
    this.#remember(taskId, record ? readQuestions(this.#rooms.folders, taskId, record.run_id) : [])
    void this.#goOn(taskId)
    void this.#expireOverdue()
  }

  /** A task has ended. */
  forget(taskId: string): void {
    this.#open.delete(taskId)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#wake.stop()
    await this.#last.catch(() => undefined)
  }

  async #expireOverdue(): Promise<void> {
    const overdue = [...this.#open.values()].flat().filter((one) => isOverdue(one, new Date()))
    for (const { task_id, run_id, id } of overdue) {
      try {
        await this.#inOrder(() => this.#expire(task_id, run_id, id))
      } catch (error) {
        this.#rooms.log.error('the deadline of a question cannot be noted; trying again', { task: task_id, error })
        setTimeout(() => void this.#expireOverdue(), RETRY_MS).unref()
        return
      }
    }
    this.#planWake()
  }

  async #expire(taskId: string, runId: string, id: string): Promise<void> {
    const questions = readQuestions(this.#rooms.folders, taskId, runId)
    const question = questions.find((one) => one.id === id && isOpen(one))
    if (!question) return this.#remember(taskId, questions)
    const over = expired(question, new Date())
    await this.#keep(
      taskId,
      questions.map((one) => (one.id === id ? over : one)),
    )
    crashPoint('question.expired')
    const applied = over.answer?.text ?? null
    this.#rooms.bus.event({ event: 'question_expired', question_id: id, applied, task_id: taskId, run_id: runId })
    this.#listeners.tell(over)
    const seat = isUnanswered(over) ? this.#dispatcher.seats.of(taskId) : undefined
    if (seat) Seats.stop(seat, { cause: 'unanswered' })
    void this.#goOn(taskId)
  }

  /** A parked task goes on when nothing is open any more; where nobody answered in time, to its end. */
  async #goOn(taskId: string): Promise<void> {
    if (this.openOf(taskId).length > 0 || this.#dispatcher.draining.aborted) return
    try {
      await this.#dispatcher.goOn(taskId)
    } catch (error) {
      this.#rooms.log.error('a task that is answered cannot be moved; trying again', { task: taskId, error })
      setTimeout(() => void this.#goOn(taskId), RETRY_MS).unref()
    }
  }

  async #keep(taskId: string, questions: readonly Question[]): Promise<void> {
    await writeQuestions(this.#rooms.folders, taskId, questions)
    this.#remember(taskId, questions)
  }

  #remember(taskId: string, questions: readonly Question[]): void {
    const open = questions.filter(isOpen)
    if (open.length > 0) this.#open.set(taskId, open)
    else this.#open.delete(taskId)
    this.#planWake()
  }

  /** A deadline that has passed while another was dealt with is due at once. */
  #planWake(): void {
    const now = Date.now()
    const times = [...this.#open.values()].flat().map(deadlineOf)
    this.#wake.plan(
      times.map((time) => time && Math.max(time, now + 1)),
      now,
    )
  }

  #inOrder<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.catch(() => undefined).then(work)
    this.#last = done
    return done
  }
}

function deadlineOf({ deadline }: Question): number | undefined {
  return deadline === null ? undefined : Date.parse(deadline)
}
