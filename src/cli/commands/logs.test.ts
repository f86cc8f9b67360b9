import { appendFileSync, readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { fakeContext } from '../../../test/helpers/cli-context.ts'
import { type FileHome, makeFileHome } from '../../../test/helpers/cli-home.ts'
import { exampleRecord, exampleResult } from '../../../test/helpers/examples.ts'
import { until } from '../../../test/helpers/until.ts'
import { logs } from './logs.ts'

const RUN = exampleResult().run_id
const TRANSCRIPT = readFileSync(new URL('../../../test/fixtures/transcripts/claude-multi-tool.ndjson', import.meta.url), 'utf8')

let files: FileHome

beforeEach(() => {
  files = makeFileHome()
})
afterEach(() => files[Symbol.dispose]())

function begin(id: string, options: Parameters<typeof logs>[2] = {}) {
  const { context, ...fake } = fakeContext({ home: files.home })
  return { ...fake, code: Promise.resolve(logs(context, [id], options)) }
}

const said = (text: string) => `${JSON.stringify({ type: 'assistant', message: { content: [{ type: 'text', text }] } })}\n`
const transcript = () => join(files.paths.runs, `${RUN}.ndjson`)

test('a transcript reads as what the agent said and did', async () => {
  files.putResult(exampleResult())
  files.put(`logs/runs/${RUN}.ndjson`, TRANSCRIPT)
  const { code, printed } = begin('fix')
  expect(await code).toBe(0)
  expect(printed).toEqual({
    out: `── claude-opus-5-5 in /work/repo · session dc67e7e5-c25c-4607-a240-b523c0e04dd2
I will do two things.
▶ Bash echo hello > hello.txt
▶ Bash echo two > two.txt
  ⎿ (Bash completed with no output)
  ⎿ (Bash completed with no output)
Done.
✔ success · 285ms · 3 turns · <$0.01
`,
    err: '',
  })
})

test('--json is the raw stream', async () => {
  files.putResult(exampleResult())
  files.put(`logs/runs/${RUN}.ndjson`, `${TRANSCRIPT}not json\n`)
  const { code, printed } = begin('fix-login', { json: true })
  await code
  expect(printed.out).toBe(`${TRANSCRIPT}not json\n`)
})

test('-f goes on until the task has ended, and shows its last line', async () => {
  files.put('tasks/running/fix-login.task.md', 'Do it.')
  files.put('tasks/running/fix-login.run.json', exampleRecord())
  const { code, printed } = begin('fix-login', { follow: true })
  files.put(`logs/runs/${RUN}.ndjson`, said('one'))
  await until(() => expect(printed.out).toBe('one\n'))
  appendFileSync(transcript(), said('two'))
  await until(() => expect(printed.out).toBe('one\ntwo\n'))
  appendFileSync(transcript(), said('three'))
  files.put(`results/fix-login_result.json`, exampleResult())
  renameSync(join(files.paths.running, 'fix-login.task.md'), join(files.paths.processed, 'fix-login.task.md'))
  expect(await code).toBe(0)
  expect(printed).toEqual({ out: 'one\ntwo\nthree\n', err: '' })
})

test('-f waits for the run of a queued task', async () => {
  files.put('tasks/fix-login.task.md', 'Do it.')
  const { code, printed, interrupt } = begin('fix-login', { follow: true })
  await until(() => expect(printed.err).toBe('fix-login has not begun; waiting for its run.\n'))
  files.put('tasks/running/fix-login.run.json', exampleRecord())
  files.put(`logs/runs/${RUN}.ndjson`, said('one'))
  renameSync(join(files.paths.tasks, 'fix-login.task.md'), join(files.paths.running, 'fix-login.task.md'))
  await until(() => expect(printed.out).toBe('one\n'))
  interrupt()
  await code
})

test('what has no run or no transcript says so', async () => {
  files.put('tasks/q.task.md', 'Do it.')
  files.putResult(exampleResult())
  const queued = begin('q')
  const silent = begin('fix-login')
  expect([await queued.code, await silent.code]).toEqual([0, 0])
  expect(queued.printed).toEqual({ out: '', err: 'q has no run yet; `orchestrator why q` says why.\n' })
  expect(silent.printed).toEqual({ out: '', err: `The agent of fix-login has said nothing: there is no ${transcript()}.\n` })
})
