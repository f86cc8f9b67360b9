import { beforeEach, expect, test, vi } from 'vitest'
import { type FileHome, makeFileHome } from '../../test/helpers/cli-home.ts'
import { exampleResult } from '../../test/helpers/examples.ts'
import { failure } from '../domain/errors.ts'
import { notAsking } from './not-asking.ts'

let files: FileHome
beforeEach(() => {
  vi.stubEnv('TZ', 'UTC')
  files = makeFileHome()
  return () => {
    files[Symbol.dispose]()
    vi.unstubAllEnvs()
  }
})

const said = (id: string) => {
  const { code, message, hint } = notAsking(files.paths, id)
  return { code, message, hint }
}

test('a task that has ended is told with how and when, and with what can still be done', () => {
  files.putResult(exampleResult({ task_id: 'done' }))
  files.putResult(exampleResult({ task_id: 'late', status: 'failed', failure: failure('question_unanswered'), session_id: null }))
  files.putResult(exampleResult({ task_id: 'off', status: 'cancelled', failure: failure('cancelled'), session_id: null }))
  const at = 'at 2026-11-20 09:03:14'
  expect(said('done')).toEqual({
    code: 'no_such_question',
    message: `done completed ${at}, so that it asks nothing any more.`,
    hint: 'orchestrator retry done begins a further run; a new task with "resume: done" goes on with its conversation.',
  })
  expect(said('late')).toMatchObject({
    message: `late failed ${at} (question_unanswered), so that it asks nothing any more.`,
    hint: 'orchestrator retry late begins a further run.',
  })
  expect(said('off').message).toBe(`off was cancelled ${at}, so that it asks nothing any more.`)
})

test('a task that is queued, for a further run too, has not begun', () => {
  files.put('tasks/new.task.md', 'Do it.')
  expect(said('new').message).toBe('new has not begun, so that it asks nothing.')
  files.put('results/again_result.json', exampleResult({ task_id: 'again' }))
  files.put('tasks/.again.task.md.retry', 'again')
  files.put('tasks/again.task.md', 'Do it.')
  expect(said('again').message).toBe('again has not begun, so that it asks nothing.')
})
