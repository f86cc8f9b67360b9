import { afterEach, beforeEach, expect, test } from 'vitest'
import { type FileHome, makeFileHome } from '../../../test/helpers/cli-home.ts'
import { exampleResult } from '../../../test/helpers/examples.ts'
import { resolveId } from './resolve-id.ts'

let files: FileHome

beforeEach(() => {
  files = makeFileHome()
  files.put('tasks/queued-1.task.md', 'Do it.')
  files.put('tasks/dropped.task.md', '---\nid: "named-inside" # really\n---\nDo it.')
  files.put('tasks/Über uns.task.md', 'Do it.')
  files.put('tasks/again.task.md', '---\nid: what-it-was\n---\nDo it.')
  files.put('tasks/.again.task.md.retry', 'again')
  files.put('tasks/running/running-1.task.md', 'Do it.')
  files.put('tasks/waiting/waiting-1.task.md', 'Do it.')
  files.put('tasks/processed/processed-1.task.md', 'Do it.')
  files.put('tasks/failed/failed-1.task.md', 'Do it.')
  files.put('tasks/rejected/rejected-1.task.md', '')
  files.put('results/only-a-result_result.json', exampleResult({ task_id: 'only-a-result' }))
  files.put('results/only-a-result_result.1.json', exampleResult({ task_id: 'only-a-result' }))
})
afterEach(() => files[Symbol.dispose]())

test.each([
  ['queued-1', 'queued-1'],
  ['q', 'queued-1'],
  ['named-inside', 'named-inside'],
  ['named', 'named-inside'],
  ['dropped', 'named-inside'],
  ['tasks/dropped.task.md', 'named-inside'],
  ['Uber', 'Uber-uns'],
  ['agai', 'again'],
  ['runn', 'running-1'],
  ['w', 'waiting-1'],
  ['processed-', 'processed-1'],
  ['failed-1', 'failed-1'],
  ['rej', 'rejected-1'],
  ['only-a', 'only-a-result'],
  ['only-a-re…', 'only-a-result'],
])('%s stands for %s', async (text, id) => {
  expect(await resolveId(files.home, text)).toBe(id)
})

test('a whole id counts, even where longer ones begin with it', async () => {
  files.put('tasks/failed/queued-1-2.task.md', 'Do it.')
  expect(await resolveId(files.home, 'queued-1')).toBe('queued-1')
})

test('what fits several is refused with the candidates', async () => {
  for (let n = 0; n < 12; n++) files.put(`tasks/failed/many-${String.fromCharCode(97 + n)}.task.md`, 'Do it.')
  files.put('tasks/failed/queued-2.task.md', 'Do it.')
  await expect(resolveId(files.home, 'queued')).rejects.toMatchObject({
    code: 'ambiguous_id',
    message: '"queued" fits 2 tasks: queued-1, queued-2.',
  })
  await expect(resolveId(files.home, 'many')).rejects.toThrow(
    '"many" fits 12 tasks: many-a, many-b, many-c, many-d, many-e, many-f, many-g, many-h, many-i, many-j and 2 more.',
  )
})

test('what fits nothing is refused with the nearest id', async () => {
  await expect(resolveId(files.home, 'quened-1')).rejects.toMatchObject({
    code: 'no_such_task',
    message: 'No task has the id "quened-1"; did you mean queued-1?',
  })
  await expect(resolveId(files.home, 'zzz')).rejects.toThrow('No task has the id "zzz".')
  await expect(resolveId(files.home, '')).rejects.toMatchObject({ code: 'no_such_task' })
})

test('a directory without an inbox is no home', async () => {
  await expect(resolveId(files.paths.results, 'queued-1')).rejects.toMatchObject({ code: 'no_home' })
})
