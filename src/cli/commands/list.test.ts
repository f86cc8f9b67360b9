import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { fakeContext, withTags } from '../../../test/helpers/cli-context.ts'
import { type FileHome, makeFileHome, serveStatus } from '../../../test/helpers/cli-home.ts'
import { exampleRecord, exampleResult } from '../../../test/helpers/examples.ts'
import { failure } from '../../domain/errors.ts'
import { list } from './list.ts'

let files: FileHome

beforeEach(() => {
  files = makeFileHome()
  vi.useFakeTimers({ toFake: ['Date'], now: new Date('2026-11-20T09:05:00.000Z') })
})
afterEach(() => {
  vi.useRealTimers()
  files[Symbol.dispose]()
})

async function run(options: Parameters<typeof list>[2] = {}, terminal?: number): Promise<{ out: string; err: string }> {
  const { context, printed } = fakeContext({ home: files.home, ...(terminal && { terminal }) })
  expect(await list(context, [], options)).toBe(0)
  return printed
}

/** Each in its own millisecond, since the newest comes first. */
async function fill(): Promise<void> {
  const reason = { code: 'bad_yaml', message: 'line 2: what is this?', hint: 'Mend it.', rejected: '2026-11-20T09:00:00.000Z' }
  const turn = () => new Promise((resolve) => setTimeout(resolve, 5))
  files.put('tasks/rejected/bad.task.md', '---')
  files.put('tasks/rejected/bad.task.md.reason.json', reason)
  await turn()
  files.putResult(exampleResult())
  await turn()
  const failed = {
    status: 'failed' as const,
    failure: failure('max_turns', 'It took 10 turns.'),
    title: '修复登录超时 and the rest of a long title',
  }
  files.putResult(exampleResult({ task_id: 'a-long-identifier-made-from-the-words-of-a-prompt-1f3a', ...failed }))
  await turn()
  files.putResult(exampleResult({ task_id: 'stopped', status: 'cancelled', failure: failure('cancelled'), cost_usd: null }))
  await turn()
  files.put('tasks/processed/loose.task.md', 'Never done.')
  files.put('tasks/running/busy.task.md', '# Work on it')
  files.put('tasks/running/busy.run.json', exampleRecord({ task_id: 'busy', claimed: '2026-11-20T09:04:00.000Z', agent: 'demo' }))
  files.put('tasks/docs.task.md', '# Write docs\n\nPlease.', '2026-11-20T08:05:00.000Z')
  files.put('tasks/urgent.task.md', '---\npriority: high\n---\nFix it', '2026-11-20T09:04:30.000Z')
}

test('tasks that have not ended come in the order of start, ended ones the newest first', async () => {
  await fill()
  const { out, err } = await run()
  expect(out).toBe(`  ID                                                      STATE      PRIO    AGENT   AGE    TOOK   COST  TITLE
▶ busy                                                    running    medium  demo     1m                 Work on it
· urgent                                                  queued     high            30s                 Fix it
· docs                                                    queued     medium           1h                 Write docs
· loose                                                   archived                    0s
■ stopped                                                 cancelled  high    claude   1m  3m 12s         Fix the login timeout
✖ a-long-identifier-made-from-the-words-of-a-prompt-1f3a  failed     high    claude   1m  3m 12s  $0.42  max_turns: 修复登录超时 and the rest of a long title
✔ fix-login                                               completed  high    claude   1m  3m 12s  $0.42  Fix the login timeout
✖ bad                                                     rejected                    5m                 bad_yaml: line 2: what is this?
`)
  expect(err).toBe('')
})

test('at 80 columns ids and titles are cut, and nothing else', async () => {
  await fill()
  await using _ = await serveStatus(files, {
    running: [
      {
        id: 'busy',
        runId: 'r',
        title: 'Working',
        agent: 'demo',
        attempt: 1,
        since: '2026-11-20T09:03:00.000Z',
        turns: 1,
        tool: null,
        costUsd: 0.5,
        note: null,
      },
    ],
    queued: [{ id: 'docs', file: 'docs.task.md', priority: 'medium', since: '2026-11-20T08:05:00.000Z', waitsFor: 'busy works in /work' }],
  })
  const { out } = await run({}, 80)
  const lines = withTags(out).trimEnd().split('\n')
  expect(lines.slice(0, 4)).toEqual([
    '<dim>  ID</>              <dim>STATE</>      <dim>PRIO</>    <dim>AGENT</>   <dim>AGE</>    <dim>TOOK</>   <dim>COST</>  <dim>TITLE</>',
    '<cyan>▶</><b> busy</>            <cyan>running</>    medium  demo     2m          $0.50  <dim>Working</>',
    '<dim>·</><b> urgent</>          <dim>queued</>     high            30s                 <dim>Fix it</>',
    '<dim>·</><b> docs</>            <dim>queued</>     medium           1h                 <dim>waits: busy wo…</>',
  ])
  expect(lines[6]).toBe('<red>✖</><b> a-long-identi…</>  <red>failed</>     high    claude   1m  3m 12s  $0.42  <dim>max_turns: 修…</>')
})

test('--state chooses, --lines bounds what has ended', async () => {
  await fill()
  const ids = async (options: object) => JSON.parse((await run({ json: true, ...options })).out).map(({ id }: { id: string }) => id)
  expect(await ids({ state: 'queued' })).toEqual(['urgent', 'docs'])
  expect(await ids({ state: 'completed' })).toEqual(['fix-login'])
  expect(await ids({ state: 'rejected' })).toEqual(['bad'])
  expect(await ids({ lines: '1' })).toEqual(['busy', 'urgent', 'docs', 'loose'])
  expect(await ids({ lines: '0' })).toEqual(['busy', 'urgent', 'docs'])
  expect(await run({ state: 'waiting' })).toEqual({ out: '', err: 'No task is waiting.\n' })
})

test('--json has every field, null where it is not known', async () => {
  files.putResult(exampleResult())
  files.put('tasks/docs.task.md', '# Write docs\n\nPlease.', '2026-11-20T08:05:00.000Z')
  expect(JSON.parse((await run({ json: true })).out)).toEqual([
    {
      id: 'docs',
      state: 'queued',
      title: 'Write docs',
      priority: 'medium',
      agent: null,
      since: '2026-11-20T08:05:00.000Z',
      code: null,
      duration_ms: null,
      cost_usd: null,
      waits_for: null,
    },
    {
      id: 'fix-login',
      state: 'completed',
      title: 'Fix the login timeout',
      priority: 'high',
      agent: 'claude',
      since: '2026-11-20T09:03:14.000Z',
      code: null,
      duration_ms: 192_000,
      cost_usd: 0.42,
      waits_for: null,
    },
  ])
})

test('an empty home says so, on the other stream', async () => {
  expect(await run()).toEqual({ out: '', err: 'There are no tasks yet.\n' })
})

test('an unknown state or a number that is none is wrong usage', async () => {
  const { context } = fakeContext({ home: files.home })
  await expect(list(context, [], { state: 'complete' })).rejects.toMatchObject({
    exitCode: 2,
    message: 'There is no state "complete"; did you mean completed?',
    hint: 'States are queued, running, waiting, completed, failed, cancelled, archived, rejected.',
  })
  await expect(list(context, [], { lines: 'many' })).rejects.toMatchObject({
    exitCode: 2,
    message: '--lines must be a whole number, not "many".',
  })
})
