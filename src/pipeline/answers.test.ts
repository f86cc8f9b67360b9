import { expect, test } from 'vitest'
import { newQuestion } from '../domain/question.ts'
import { isAnsweredHere } from './answers.ts'
import type { Run } from './run.ts'

const asking = { task_id: 't', run_id: 'r', attempt: 1, text: 'Which?', options: [], default: null, deadline: null }

test.each([
  ['cli', true],
  ['cli:ann', true],
  ['deadline', true],
  ['Ann (telegram 7)', false],
  ['cli (telegram 7)', false],
  ['cli:x (telegram 7)', false],
  ['client', false],
])('an answer by %s was given at this machine: %s', (by, here) => {
  const question = { ...newQuestion(asking, new Date()), answer: { text: '@notes', by, at: '2026-11-20T09:00:00.000Z' } }
  expect(isAnsweredHere({ questions: [question] } as unknown as Run)).toBe(here)
})
