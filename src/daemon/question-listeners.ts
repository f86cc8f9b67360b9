import { isOpen, type Question } from '../domain/question.ts'

/** Who waits for questions to be settled: the agents that have asked them and have not ended their turn. */
export class QuestionListeners {
  readonly #byQuestion = new Map<string, Set<(question: Question) => void>>()

  /** The question once it is told not to be open any more, or as it is when the time is up or a signal aborts. */
  async settled(question: Question, ms: number, signals: readonly AbortSignal[]): Promise<Question> {
    if (!isOpen(question)) return question
    const listeners = this.#byQuestion.get(question.id) ?? new Set()
    this.#byQuestion.set(question.id, listeners)
    return new Promise((resolve) => {
      const settle = (now: Question) => {
        clearTimeout(timer)
        listeners.delete(settle)
        if (listeners.size === 0) this.#byQuestion.delete(question.id)
        for (const signal of signals) signal.removeEventListener('abort', giveUp)
        resolve(now)
      }
      const giveUp = () => settle(question)
      const timer = setTimeout(giveUp, ms)
      listeners.add(settle)
      for (const signal of signals) {
        signal.addEventListener('abort', giveUp)
        if (signal.aborted) giveUp()
      }
    })
  }

  /** Tells all who wait for it how a question is now. */
  tell(question: Question): void {
    for (const listener of [...(this.#byQuestion.get(question.id) ?? [])]) listener(question)
  }
}
