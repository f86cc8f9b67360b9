import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type FileHome, makeFileHome } from '../../../test/helpers/cli-home.ts'
import { runCommand } from '../../../test/helpers/run-command.ts'
import { startDaemon } from '../../daemon/daemon.ts'
import { retry } from './retry.ts'

let files: FileHome
let home: string
let paths: FileHome['paths']

beforeEach(() => {
  files = makeFileHome()
  ;({ home, paths } = files)
})
afterEach(() => files[Symbol.dispose]())

const tasksIn = async (folder: string) => (await readdir(folder)).filter((name) => /^[^.].*\.task\.md$/.test(name)).sort()

test('without a daemon a finished task goes back into the queue', async () => {
  await writeFile(join(paths.failed, 'a.task.md'), 'do it')

  const { code, out, err } = await runCommand(retry, { home, args: ['a'] })

  expect({ code, out }).toEqual({ code: 0, out: 'a\n' })
  expect(err).toContain('No daemon runs here')
  expect([await tasksIn(paths.tasks), await tasksIn(paths.failed)]).toEqual([['a.task.md'], []])
})

test('--all-failed takes every failed task and leaves the others', async () => {
  for (const id of ['a', 'b']) await writeFile(join(paths.failed, `${id}.task.md`), 'do it')
  await writeFile(join(paths.processed, 'c.task.md'), 'do it')

  const { out } = await runCommand(retry, { home, options: { allFailed: true } })

  expect(out.split('\n').sort()).toEqual(['', 'a', 'b'])
  expect([await tasksIn(paths.tasks), await tasksIn(paths.processed)]).toEqual([['a.task.md', 'b.task.md'], ['c.task.md']])
})

test('--all-failed with none is no fault', async () => {
  expect(await runCommand(retry, { home, options: { allFailed: true } })).toEqual({
    code: 0,
    out: '',
    err: 'No task in tasks/failed/ could be queued again.\n',
  })
})

test('a task that has not finished cannot be retried', async () => {
  await writeFile(join(paths.tasks, 'a.task.md'), 'do it')
  await expect(runCommand(retry, { home, args: ['a'] })).rejects.toMatchObject({ code: 'wrong_state', exitCode: 1 })
})

test.each([
  [[], {}],
  [['a'], { allFailed: true }],
])('one task or all that failed must be named, not %j with %j', async (args, options) => {
  await expect(runCommand(retry, { home, args, options })).rejects.toMatchObject({ code: 'usage', exitCode: 2 })
})

test('a running daemon does it at once', async () => {
  await writeFile(join(paths.failed, 'a.task.md'), 'demo: succeed 1ms')
  const daemon = await startDaemon({ home, flags: { OLLAMA_HOST: 'off', DEFAULT_AGENT: 'demo' }, once: false })
  try {
    await daemon.commands.pause({})
    const { out, err } = await runCommand(retry, { home, args: ['a'] })
    expect({ out, err }).toEqual({ out: 'a\n', err: '' })
    expect(await tasksIn(paths.tasks)).toEqual(['a.task.md'])
  } finally {
    daemon.stop('the test is over')
    await daemon.ended
  }
})
