import { afterEach, beforeEach, expect, test } from 'vitest'
import { type FileHome, makeFileHome } from '../../../test/helpers/cli-home.ts'
import { exampleRecord, exampleResult } from '../../../test/helpers/examples.ts'
import { failure } from '../../domain/errors.ts'
import { viewTask } from './home-view.ts'

let files: FileHome

beforeEach(() => {
  files = makeFileHome()
})
afterEach(() => files[Symbol.dispose]())

const NOTHING = { record: undefined, result: undefined, reason: undefined }
const state = (id: string) => viewTask(files.paths, id)?.state

test('a task that was queued again is queued, whatever came of its earlier runs', () => {
  files.put('results/fix-login_result.json', exampleResult())
  files.put('tasks/.fix-login.task.md.retry', 'fix-login')
  files.put('tasks/fix-login.task.md', 'Do it.')
  expect(viewTask(files.paths, 'fix-login')).toEqual({
    ...NOTHING,
    id: 'fix-login',
    state: 'queued',
    file: `${files.paths.tasks}/fix-login.task.md`,
  })
})

test('a task runs until its file is archived, result or not; a torn record says nothing', () => {
  files.put('results/fix-login_result.json', exampleResult())
  files.put('tasks/running/fix-login.task.md', 'Do it.')
  files.put('tasks/running/fix-login.run.json', '{"run')
  const view = { ...NOTHING, id: 'fix-login', state: 'running', file: `${files.paths.running}/fix-login.task.md` }
  expect(viewTask(files.paths, 'fix-login')).toEqual(view)
  files.put('tasks/running/fix-login.run.json', exampleRecord())
  expect(viewTask(files.paths, 'fix-login')).toEqual({ ...view, record: exampleRecord() })
})

test('a new file that names the id of a finished task is another task', () => {
  files.putResult(exampleResult())
  files.put('tasks/other.task.md', '---\nid: fix-login\n---\nDo it.')
  expect(['fix-login', 'fix-login-2'].map(state)).toEqual(['completed', 'queued'])
})

test('without a result the folder tells the state, as far as it can', () => {
  files.put('tasks/processed/one.task.md', 'Do it.')
  files.put('tasks/failed/two.task.md', 'Do it.')
  files.put('results/two_result.json', '{"torn')
  files.put('results/three_result.json', exampleResult({ task_id: 'three', status: 'cancelled', failure: failure('cancelled') }))
  files.put('tasks/rejected/four.task.md', '')
  expect(['one', 'two', 'three', 'four', 'five'].map(state)).toEqual(['archived', 'failed', 'cancelled', 'rejected', undefined])
})
