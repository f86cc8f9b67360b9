import { renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { fakeContext } from '../../../test/helpers/cli-context.ts'
import { type FileHome, makeFileHome, serveStatus } from '../../../test/helpers/cli-home.ts'
import { exampleResult } from '../../../test/helpers/examples.ts'
import { until } from '../../../test/helpers/until.ts'
import { failure } from '../../domain/errors.ts'
import { wait } from './wait.ts'

let files: FileHome

beforeEach(() => {
  files = makeFileHome()
})
afterEach(() => files[Symbol.dispose]())

const NOBODY = 'No daemon runs here; waiting for `orchestrator start`.\n'

function begin(ids: readonly string[], options: Parameters<typeof wait>[2] = {}) {
  const { context, ...fake } = fakeContext({ home: files.home })
  return { ...fake, code: Promise.resolve(wait(context, ids, options)) }
}

/** What a daemon does with a queued file. */
function finish(id: string, result: Parameters<typeof exampleResult>[0] = {}): void {
  renameSync(join(files.paths.tasks, `${id}.task.md`), join(files.paths.running, `${id}.task.md`))
  files.put(`results/${id}_result.json`, exampleResult({ task_id: id, ...result }))
  const folder = result?.status === 'failed' ? files.paths.failed : files.paths.processed
  renameSync(join(files.paths.running, `${id}.task.md`), join(folder, `${id}.task.md`))
}

test('waits until all have ended; 0 when all completed', async () => {
  files.put('tasks/one.task.md', 'Do it.')
  files.put('tasks/two.task.md', 'Do it.')
  const { code, printed } = begin(['one', 'tw'])
  await until(() => expect(printed.err).toBe(NOBODY))
  finish('one')
  await until(() => expect(printed.out).toBe('✔ one completed · 3m 12s · 14 turns · $0.42\n'))
  finish('two')
  expect(await code).toBe(0)
  expect(printed.out).toBe('✔ one completed · 3m 12s · 14 turns · $0.42\n✔ two completed · 3m 12s · 14 turns · $0.42\n')
})

test('1 when one failed, was rejected or has vanished, with the reason', async () => {
  for (const name of ['good', 'bad', 'named', 'gone'])
    files.put(`tasks/${name}.task.md`, name === 'named' ? '---\nid: inside\n---\nDo it.' : 'Do it.')
  const { code, printed } = begin(['good', 'bad', 'inside', 'gone'])
  await until(() => expect(printed.err).toBe(NOBODY))
  finish('good')
  finish('bad', { status: 'failed', failure: failure('timeout', 'It took longer than 5m.') })
  files.put('tasks/rejected/named.task.md.reason.json', { code: 'no_prompt', message: 'nothing below the front matter', hint: '' })
  renameSync(join(files.paths.tasks, 'named.task.md'), join(files.paths.rejected, 'named.task.md'))
  rmSync(join(files.paths.tasks, 'gone.task.md'))
  expect(await code).toBe(1)
  expect(printed.out.split('\n').sort()).toEqual(
    [
      '',
      '✔ good completed · 3m 12s · 14 turns · $0.42',
      '✖ bad failed · timeout: It took longer than 5m. · 3m 12s · 14 turns · $0.42',
      '✖ inside rejected · no_prompt: nothing below the front matter',
      '✖ gone is gone: its file was removed',
    ].sort(),
  )
})

test('a result counts only when its task is archived', async () => {
  files.put('tasks/running/r.task.md', 'Do it.')
  files.put('results/r_result.json', exampleResult({ task_id: 'r' }))
  const { code, printed } = begin(['r'], { timeout: '0.3s' })
  expect(await code).toBe(75)
  expect(printed).toEqual({ out: '', err: `${NOBODY}not ended in time: r\n` })
})

test('75 when the time is over', async () => {
  files.putResult(exampleResult({ task_id: 'done', status: 'failed', failure: failure('timeout') }))
  files.put('tasks/q.task.md', 'Do it.')
  const { code, printed } = begin(['done', 'q'], { timeout: '0' })
  expect(await code).toBe(75)
  expect(printed.err).toBe(`${NOBODY}not ended in time: q\n`)
})

test('130 after Ctrl-C', async () => {
  files.put('tasks/q.task.md', 'Do it.')
  const { code, printed, interrupt } = begin(['q'])
  await until(() => expect(printed.err).toBe(NOBODY))
  interrupt()
  expect(await code).toBe(130)
})

test('an id that does not exist, or a timeout that is none, is refused at once', async () => {
  await expect(begin(['nobody']).code).rejects.toMatchObject({ code: 'no_such_task' })
  files.put('tasks/q.task.md', 'Do it.')
  await expect(begin(['q'], { timeout: 'soon' }).code).rejects.toMatchObject({ code: 'usage', exitCode: 2 })
})

test('nothing is said beside a daemon', async () => {
  files.putResult(exampleResult({ task_id: 'done' }))
  files.put('tasks/q.task.md', 'Do it.')
  await using _ = await serveStatus(files, {})
  const { code, printed } = begin(['done', 'q'], { timeout: '0' })
  expect(await code).toBe(75)
  expect(printed).toEqual({ out: '✔ done completed · 3m 12s · 14 turns · $0.42\n', err: 'not ended in time: q\n' })
})
