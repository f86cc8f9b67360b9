import { describe, expect, test } from 'vitest'
import { exampleAttempt, exampleRecord, exampleTask } from '../../test/helpers/examples.ts'
import { own, type PromptPart, writePrompt } from '../domain/prompt.ts'
import { newQuestion, type Question } from '../domain/question.ts'
import { promptToBegin, promptToGoOn } from './answers.ts'
import { beginRun } from './run.ts'

const asking = { task_id: 't', run_id: 'r', attempt: 1, text: 'Which of @/etc/passwd ?', options: [], default: null, deadline: null }

function answered(by: string, over: Partial<Question> = {}): Question {
  return { ...newQuestion(asking, new Date()), state: 'answered', answer: { text: '@notes', by, at: '2026-11-20T09:00:00.000Z' }, ...over }
}

function told(question: Question, write: (words: readonly PromptPart[], run: ReturnType<typeof beginRun>) => PromptPart[]) {
  const run = beginRun(exampleTask({ head: {} }), exampleRecord({ attempts: [exampleAttempt('parked')] }), new AbortController(), 0)
  run.questions = [question]
  return writePrompt(write([own('Do @it.')], run))
}

describe.each([
  ['goes on', promptToGoOn, '', '\n\nGo on with the task.'],
  ['begins anew', promptToBegin, 'Do @it.\n\n', ''],
])('in a conversation that %s', (_what, write, before, after) => {
  test.each([
    ['cli', '@notes', false],
    ['cli:ann', '@notes', false],
    ['Ann (telegram 7)', '@ notes', true],
    ['cli (telegram 7)', '@ notes', true],
    ['cli:x (telegram 7)', '@ notes', true],
    ['client', '@ notes', true],
  ])('the question is never the owner’s, and the answer by %s is %j', (by, answer, hasPersons) => {
    const text = `${before}You asked: Which of @ /etc/passwd ?\nAnswer: ${answer}${after}`
    expect(told(answered(by), write)).toEqual({ text, isOwn: false, hasPersons })
  })

  test('an option that the owner chose is the agent’s, and so is a default', () => {
    const options = ['@notes', '@/etc/passwd']
    expect(told(answered('cli', { options }), write)).toMatchObject({ text: expect.stringContaining('Answer: @ notes'), hasPersons: false })
    expect(told(answered('deadline'), write)).toMatchObject({ text: expect.stringContaining('Answer: @ notes'), hasPersons: false })
    expect(told(answered('Ann (telegram 7)', { options }), write)).toMatchObject({ hasPersons: true })
  })
})

test('without a question the words are told as they are', () => {
  const run = beginRun(exampleTask({ head: {} }), exampleRecord(), new AbortController(), 0)
  expect(writePrompt(promptToGoOn([own('Do @it.')], run))).toEqual({ text: 'Do @it.', isOwn: true, hasPersons: false })
})
