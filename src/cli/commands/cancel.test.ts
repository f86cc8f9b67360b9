import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type FileHome, makeFileHome } from '../../../test/helpers/cli-home.ts'
import { exampleRecord } from '../../../test/helpers/examples.ts'
import { runCommand } from '../../../test/helpers/run-command.ts'
import { until } from '../../../test/helpers/until.ts'
import { startDaemon } from '../../daemon/daemon.ts'
import { writeRecord } from '../../inbox/records.ts'
import { readResult } from '../../results/read.ts'
import { cancel } from './cancel.ts'

let files: FileHome
let home: string
let paths: FileHome['paths']

beforeEach(() => {
  files = makeFileHome()
  ;({ home, paths } = files)
})
afterEach(() => files[Symbol.dispose]())

test('a running daemon ends a running task', async () => {
  await writeFile(join(paths.tasks, 'hangs.task.md'), 'demo: hang')
  const daemon = await startDaemon({ home, flags: { OLLAMA_HOST: 'off', DEFAULT_AGENT: 'demo' }, once: false })
  try {
    await until(async () => expect((await daemon.commands.status({})).running[0]?.turns).toBe(1))
    expect(await runCommand(cancel, { home, args: ['hangs'] })).toEqual({ code: 0, out: 'cancelled hangs\n', err: '' })
    await until(() => expect(readResult(paths, 'hangs')?.status).toBe('cancelled'))
  } finally {
    daemon.stop('the test is over')
    await daemon.ended
  }
})

test('without a daemon a queued task gets the result of a cancelled one, and the others stay queued', async () => {
  await writeFile(join(paths.tasks, 'some-name.task.md'), '---\nid: mine\n---\ndo it')
  await writeFile(join(paths.tasks, 'other.task.md'), 'do something else')
  await writeFile(join(paths.tasks, 'broken.task.md'), '---\nno: [\n---\n')

  expect((await runCommand(cancel, { home, args: ['mine'] })).code).toBe(0)

  expect(readResult(paths, 'mine')).toMatchObject({ status: 'cancelled', failure: { code: 'cancelled' }, attempts: [] })
  expect(await readdir(paths.failed)).toEqual(['mine.task.md'])
  expect((await readdir(paths.tasks)).filter((name) => name.endsWith('.task.md')).sort()).toEqual(['broken.task.md', 'other.task.md'])
  const events = (await readFile(paths.events, 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line).event)
  expect(events).toEqual(['task_received', 'parsed', 'summarized', 'validated', 'artifacts_written', 'task_archived'])
  await expect(readFile(paths.lock)).rejects.toThrow('ENOENT')
})

test('without a daemon a run that was interrupted is ended for good', async () => {
  await writeFile(join(paths.running, 'fix-login.task.md'), 'do it')
  const open = { ...exampleRecord().attempts[0], finished: null, outcome: null, turns: null, cost_usd: null, tokens: null, verify_ms: null }
  await writeRecord(paths, exampleRecord({ attempts: [{ ...open, attempt: 1, started: '2026-11-20T09:00:01.000Z', session_id: 's' }] }))

  expect((await runCommand(cancel, { home, args: ['fix-login'] })).code).toBe(0)

  expect(readResult(paths, 'fix-login')).toMatchObject({ status: 'cancelled', attempts: [{ attempt: 1, outcome: 'interrupted' }] })
  expect([await readdir(paths.running), await readdir(paths.failed)]).toEqual([[], ['fix-login.task.md']])
})

test('a task that has ended cannot be cancelled', async () => {
  await writeFile(join(paths.processed, 'done.task.md'), 'do it')
  await expect(runCommand(cancel, { home, args: ['done'] })).rejects.toMatchObject({ code: 'wrong_state', exitCode: 1 })
})

test('without a daemon a result that cannot be written is told, and the task is kept', async () => {
  await writeFile(join(paths.tasks, 'a.task.md'), 'do it')
  await rm(paths.summaries, { recursive: true, force: true })
  await writeFile(paths.summaries, 'a file in the place of the folder')

  await expect(runCommand(cancel, { home, args: ['a'] })).rejects.toMatchObject({ code: 'cannot_write', exitCode: 1 })

  expect(await readdir(paths.tasks)).toContain('a.task.md')
})
