import { appendFileSync, renameSync } from 'node:fs'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { fakeContext } from '../../../test/helpers/cli-context.ts'
import { type FileHome, makeFileHome } from '../../../test/helpers/cli-home.ts'
import { until } from '../../../test/helpers/until.ts'
import type { LoggedEvent } from '../../domain/events.ts'
import { tailEvents } from './tail-events.ts'

let files: FileHome

beforeEach(() => {
  files = makeFileHome()
  vi.stubEnv('TZ', 'UTC')
})
afterEach(() => {
  vi.unstubAllEnvs()
  files[Symbol.dispose]()
})

async function run(options: Parameters<typeof tailEvents>[2] = {}): Promise<{ out: string; err: string }> {
  const { context, printed } = fakeContext({ home: files.home })
  expect(await tailEvents(context, [], options)).toBe(0)
  return printed
}

function received(n: number, task = `task-${n}`): LoggedEvent {
  return {
    ts: new Date(Date.UTC(2026, 10, 20, 9, 0, n)).toISOString(),
    event: 'task_received',
    file: `${task}.task.md`,
    task_id: task,
    run_id: `run-${n}`,
  }
}

const numbers = (out: string) => [...out.matchAll(/task-(\d+)\.task/g)].map(([, n]) => Number(n))
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index)

/** What a rotation does: the current file becomes the first of the earlier ones. */
function rotate(): void {
  const earlier = files.paths.events.replace(/\.ndjson$/, '.1.ndjson')
  renameSync(files.paths.events, earlier)
}

test('shows the last 20 as readable lines', async () => {
  files.log(...range(1, 30).map((n) => received(n)))
  const { out, err } = await run()
  expect(numbers(out)).toEqual(range(11, 30))
  expect(out.split('\n')[0]).toBe('09:00:11 · task-11            received task-11.task.md')
  expect(err).toBe('')
})

test('--lines goes back into rotated files, over torn lines', async () => {
  files.log(...range(1, 500).map((n) => received(n)))
  rotate()
  files.log(received(501))
  appendFileSync(files.paths.events, '{"ts":"2026-11-20T09:00\n[1]\n\n')
  files.log(received(502))
  expect(numbers((await run({ lines: '300' })).out)).toEqual(range(203, 502))
  expect(numbers((await run({ lines: '9999' })).out)).toEqual(range(1, 502))
  expect(await run({ lines: '0' })).toEqual({ out: '', err: '' })
})

test('--task shows those of one task, however far back', async () => {
  files.put('tasks/processed/fix-login.task.md', 'Do it.')
  files.put('tasks/rejected/bad.task.md', '')
  files.log(received(1, 'fix-login'), {
    ts: '2026-11-20T09:00:00.000Z',
    event: 'task_rejected',
    file: 'bad.task.md',
    code: 'no_prompt',
    message: 'Nothing.',
  })
  files.log(...range(1, 3_000).map((n) => received(n)))
  rotate()
  files.log(received(2, 'fix-login'), received(3, 'fix-login-2'))
  expect((await run({ task: 'fix', json: true })).out).toBe(
    `${JSON.stringify(received(1, 'fix-login'))}\n${JSON.stringify(received(2, 'fix-login'))}\n`,
  )
  expect((await run({ task: 'bad' })).out).toBe('09:00:00 ✖ bad.task.md        rejected: no_prompt · Nothing.\n')
})

test('says where there is nothing', async () => {
  expect(await run()).toEqual({ out: '', err: `There are no events yet in ${files.paths.events}.\n` })
  files.put('tasks/new.task.md', 'Do it.')
  expect(await run({ task: 'new' })).toEqual({ out: '', err: 'There are no events of new.\n' })
})

test('-f goes on with what happens, over a rotation, until Ctrl-C', async () => {
  files.log(received(1))
  const { context, printed, interrupt } = fakeContext({ home: files.home })
  const ended = tailEvents(context, [], { follow: true })
  await until(() => expect(numbers(printed.out)).toEqual([1]))
  files.log(received(2))
  await until(() => expect(numbers(printed.out)).toEqual([1, 2]))
  files.log(received(3))
  rotate()
  files.log(received(4))
  await until(() => expect(numbers(printed.out)).toEqual([1, 2, 3, 4]))
  interrupt()
  expect(await ended).toBe(0)
})

test('-f can be there before the first event, and before its task', async () => {
  const { context, printed, interrupt } = fakeContext({ home: files.home })
  const ended = tailEvents(context, [], { follow: true, task: 'task-2' })
  await until(() => expect(printed.err).toBe('There are no events of task-2.\n'))
  files.log(received(1), received(2))
  await until(() => expect(numbers(printed.out)).toEqual([2]))
  interrupt()
  await ended
})

test('wrong options are wrong usage', async () => {
  const { context } = fakeContext({ home: files.home })
  await expect(tailEvents(context, [], { lines: 'ten' })).rejects.toMatchObject({ exitCode: 2 })
  await expect(tailEvents(context, [], { lines: '-1' })).rejects.toMatchObject({ exitCode: 2 })
  await expect(tailEvents(context, [], { task: 'nobody' })).rejects.toMatchObject({ code: 'no_such_task' })
})
