import { expect, test } from 'vitest'
import { framePrompt } from './frame.ts'

test('a bare prompt reaches the agent as it is', () => {
  const prompt = '/fix it\n\n**Context:** none'
  expect(framePrompt({ prompt, targetFiles: [], criteria: [], context: undefined })).toBe(prompt)
})

test('files, criteria and context follow the prompt', () => {
  const task = { prompt: 'Fix it.', targetFiles: ['a.ts', 'b c.ts'], criteria: ['tests pass'], context: 'Since 4.2.' }
  expect(framePrompt(task)).toBe('Fix it.\n\nTarget Files:\n- a.ts\n- b c.ts\n\nSuccess Criteria:\n- tests pass\n\nContext:\nSince 4.2.')
})
