import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type FileHome, makeFileHome } from '../../../test/helpers/cli-home.ts'
import { queuedNames } from './folder-names.ts'
import { queuedFile, queuedFiles } from './queued-files.ts'

let files: FileHome

beforeEach(() => {
  files = makeFileHome()
})
afterEach(() => files[Symbol.dispose]())

test('a glance at a file tells what matters for showing it', () => {
  const head = 'id: fix-login # mine\npriority: "high"\nagent: \'demo\'\ncreated: 2026-11-20T09:00:00Z'
  files.put(
    'tasks/x.task.md',
    `\ufeff---\r\n${head.replaceAll('\n', '\r\n')}\r\n---\r\n\r\n# Fix it\r\n\r\nPlease.`,
    '2026-11-20T10:00:00Z',
  )
  expect(queuedFile(files.paths, 'x.task.md')).toEqual({
    id: 'fix-login',
    wanted: 'fix-login',
    name: 'x.task.md',
    path: join(files.paths.tasks, 'x.task.md'),
    priority: 'high',
    agent: 'demo',
    created: '2026-11-20T09:00:00Z',
    title: 'Fix it',
    modified: Date.parse('2026-11-20T10:00:00Z'),
  })
})

test('a file without front matter is named by its name and its first words', () => {
  files.put('tasks/my task.task.md', 'id: this is text\npriority: high\n')
  expect(queuedFile(files.paths, 'my task.task.md')).toMatchObject({ id: 'my-task', priority: undefined, title: 'id: this is text' })
})

test('what cannot be read is there all the same, and what is gone is not', () => {
  mkdirSync(join(files.paths.tasks, 'folder.task.md'))
  expect(queuedFile(files.paths, 'folder.task.md')).toMatchObject({ id: 'folder', title: undefined })
  expect(queuedFile(files.paths, 'gone.task.md')).toBeUndefined()
})

test('queued files stand in the order of start: priority, age, name', () => {
  const put = (name: string, head: string, written: string) => files.put(`tasks/${name}.task.md`, `---\n${head}\n---\nDo it.`, written)
  put('b', 'type: fix', '2026-11-20T10:00:00Z')
  put('a', 'type: fix', '2026-11-20T10:00:00Z')
  put('older', 'type: fix', '2026-11-20T09:00:00Z')
  put('written-as-oldest', 'created: 2026-11-20T08:00:00Z', '2026-11-20T11:00:00Z')
  put('low', 'priority: low', '2026-11-20T01:00:00Z')
  put('high', 'priority: high', '2026-11-20T12:00:00Z')
  const ids = queuedFiles(files.paths, queuedNames(files.paths)).map(({ id }) => id)
  expect(ids).toEqual(['high', 'written-as-oldest', 'older', 'a', 'b', 'low'])
})

test('a file whose id was used goes by the one that it will run under, and one that is run once more by its own', () => {
  files.put('tasks/running/fix.task.md', 'Do it.')
  files.put('tasks/waiting/fix-2.task.md', 'Do it.')
  files.put('results/fix-3_result.json', '{}')
  files.put('tasks/fix.task.md', 'Do it.')
  files.put('results/again_result.json', '{}')
  files.put('tasks/.again.task.md.retry', 'again')
  files.put('tasks/again.task.md', 'Do it.')
  expect(['fix', 'again'].map((name) => queuedFile(files.paths, `${name}.task.md`)?.id)).toEqual(['fix-4', 'again'])
})
