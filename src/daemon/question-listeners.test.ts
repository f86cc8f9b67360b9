import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { exampleQuestion } from '../../test/helpers/examples.ts'
import { QuestionListeners } from './question-listeners.ts'

const open = exampleQuestion()
const answered = exampleQuestion({ state: 'answered', answer: { text: 'mysql', by: 'me', at: '2026-11-20T10:00:00.000Z' } })

let listeners: QuestionListeners
beforeEach(() => {
  vi.useFakeTimers()
  listeners = new QuestionListeners()
})
afterEach(() => vi.useRealTimers())

test('all who wait for a question are told how it is settled, and nobody else', async () => {
  const waits = [listeners.settled(open, 1_000, []), listeners.settled(open, 1_000, [])]
  const other = listeners.settled(exampleQuestion({ id: 'q2' }), 1_000, [])
  listeners.tell(answered)
  expect(await Promise.all(waits)).toEqual([answered, answered])
  vi.advanceTimersByTime(1_000)
  expect((await other).state).toBe('open')
})

test('a question that is settled already is not waited for', async () => {
  expect(await listeners.settled(answered, 1_000, [])).toBe(answered)
})

test('the wait ends with its time, or with any of its signals, be it aborted before', async () => {
  const controller = new AbortController()
  const waits = [listeners.settled(open, 10, []), listeners.settled(open, 1_000, [new AbortController().signal, controller.signal])]
  vi.advanceTimersByTime(10)
  controller.abort()
  waits.push(listeners.settled(open, 1_000, [controller.signal]))
  expect(await Promise.all(waits)).toEqual([open, open, open])
  expect(vi.getTimerCount()).toBe(0)
})
