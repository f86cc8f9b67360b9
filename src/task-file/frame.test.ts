import { expect, test } from 'vitest'
import { exampleTask } from '../../test/helpers/examples.ts'
import { writePrompt } from '../domain/prompt.ts'
import { framePrompt } from './frame.ts'

const TASK = exampleTask({ prompt: 'Fix it.', targetFiles: ['a.ts', 'b c.ts'], criteria: ['tests pass'], context: 'Since 4.2.', head: {} })
const told = (over: Parameters<typeof exampleTask>[0]) => writePrompt(framePrompt({ ...TASK, ...over }))

test('a bare prompt reaches the agent as it is', () => {
  const prompt = '/fix it @here\n\n**Context:** none'
  expect(told({ prompt, targetFiles: [], criteria: [], context: undefined })).toEqual({ text: prompt, isOwn: true, hasPersons: false })
})

test('files, criteria and context follow the prompt', () => {
  const text = 'Fix it.\n\nTarget Files:\n- a.ts\n- b c.ts\n\nSuccess Criteria:\n- tests pass\n\nContext:\nSince 4.2.'
  expect(told({})).toEqual({ text, isOwn: true, hasPersons: false })
})

test('nothing of a task that came over a platform is the owner’s', () => {
  const head = { origin: 'telegram:7:1' }
  expect(told({ head, prompt: '@a', targetFiles: ['@b'], criteria: ['@c'], context: '@d' })).toEqual({
    text: '@ a\n\nTarget Files:\n- @ b\n\nSuccess Criteria:\n- @ c\n\nContext:\n@ d',
    isOwn: false,
    hasPersons: true,
  })
})

test.each([
  ['target_files', '@a\n\nTarget Files:\n- @ b\n\nSuccess Criteria:\n- @c'],
  ['criteria', '@a\n\nTarget Files:\n- @b\n\nSuccess Criteria:\n- @ c'],
] as const)('%s that the local model supplied are not the owner’s', (field, text) => {
  const inferred = [{ field, value: ['x'], by: 'ollama' }]
  expect(told({ prompt: '@a', targetFiles: ['@b'], criteria: ['@c'], context: undefined, inferred })).toEqual({
    text,
    isOwn: false,
    hasPersons: false,
  })
})
