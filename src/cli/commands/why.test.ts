import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { fakeContext } from '../../../test/helpers/cli-context.ts'
import { type FileHome, makeFileHome, serveStatus } from '../../../test/helpers/cli-home.ts'
import { exampleQuestion, exampleRecord, exampleResult } from '../../../test/helpers/examples.ts'
import type { QueuedTask, RunningTask } from '../../control/protocol.ts'
import { acquireLock } from '../../daemon/lock.ts'
import { failure } from '../../domain/errors.ts'
import { why } from './why.ts'

let files: FileHome

beforeEach(() => {
  files = makeFileHome()
  vi.stubEnv('TZ', 'UTC')
})
afterEach(() => {
  vi.unstubAllEnvs()
  files[Symbol.dispose]()
})

async function ask(id: string): Promise<string> {
  const { context, printed } = fakeContext({ home: files.home })
  expect(await why(context, [id], {})).toBe(0)
  expect(printed.err).toBe('')
  return printed.out
}

const queued = (id: string, waitsFor: string | null = null, file = `${id}.task.md`): QueuedTask => {
  return { id, file, priority: 'medium', since: '2026-11-20T09:00:00.000Z', waitsFor }
}
const running = (over: Partial<RunningTask> = {}): RunningTask => {
  const nothing = { runId: 'r', agent: 'claude', attempt: 1, turns: 1, tool: null, costUsd: null, note: null }
  return { id: 'r', title: 'R', since: '2026-11-20T09:00:00.000Z', ...nothing, ...over }
}

test('a queued task without a daemon', async () => {
  files.put('tasks/q.task.md', 'Do it.')
  expect(await ask('q')).toBe('q is queued: no daemon runs; start it with: orchestrator start\n')
})

test('a queued task beside a daemon that says nothing', async () => {
  files.put('tasks/q.task.md', 'Do it.')
  await using _ = await acquireLock(files.paths.lock, '0.1.0')
  expect(await ask('q')).toBe(`q is queued: the daemon (process ${process.pid}) does not answer; look at ${files.paths.log}\n`)
})

test('a queued task with a reason of its own, a hold of the whole queue, or no more than a full house', async () => {
  files.put('tasks/q.task.md', 'Do it.')
  const ask3 = async (status: Parameters<typeof serveStatus>[1]) => {
    await using _ = await serveStatus(files, status)
    return await ask('q')
  }
  const nothing = { agent: null, code: null, until: null }
  const paused = { kind: 'paused' as const, reason: 'paused; `orchestrator resume` opens the queue', ...nothing }
  expect(await ask3({ queued: [queued('q', 'r works in /work')], queuedCount: 1, holds: [paused] })).toBe('q is queued: r works in /work\n')
  expect(await ask3({ queued: [queued('q')], queuedCount: 1, holds: [paused] })).toBe(`q is queued: ${paused.reason}\n`)
  expect(await ask3({ queued: [queued('a'), queued('q')], queuedCount: 2, concurrency: 1, running: [running()] })).toBe(
    'q is queued: it waits for a free slot: 1 of 1 in use, 1 before it\n',
  )
  const many = Array.from({ length: 499 }, (_, index) => queued(`a${index}`))
  expect(await ask3({ queued: [...many, queued('q')], queuedCount: 500, concurrency: 1, running: [running()] })).toBe(
    'q is queued: it waits for a free slot: 1 of 1 in use, 499 before it\n',
  )
  expect(await ask3({ queued: [queued('q')], queuedCount: 1, holds: [{ ...nothing, kind: 'agent', reason: 'codex is held' }] })).toBe(
    'q is queued: it waits for a free slot: 0 of 3 in use, 0 before it\n',
  )
  expect(await ask3({})).toBe('q is queued: the daemon has not taken it in yet; it waits until the file is quiet\n')
})

test('a running task', async () => {
  files.put('tasks/running/r.task.md', 'Do it.')
  files.put('tasks/running/r.run.json', exampleRecord({ task_id: 'r' }))
  expect(await ask('r')).toBe('r was interrupted; it goes on at the next: orchestrator start\n')
  {
    await using _ = await serveStatus(files, { running: [running({ attempt: 2, tool: 'Bash sleep 5' })] })
    expect(await ask('r')).toBe('r runs since 2026-11-20 09:00:00, attempt 2: Bash sleep 5\n')
  }
  {
    await using _ = await serveStatus(files, { queued: [queued('r', 'x works in /work', 'running/r')], queuedCount: 1 })
    expect(await ask('r')).toBe('r has begun and goes on later: x works in /work\n')
  }
})

test('a run that waits for its next attempt', async () => {
  const [attempt] = exampleRecord().attempts
  const next_attempt = new Date(Date.now() + 90_400).toISOString()
  files.put('tasks/running/r.task.md', 'Do it.')
  files.put(
    'tasks/running/r.run.json',
    exampleRecord({ task_id: 'r', next_attempt, attempts: attempt ? [{ ...attempt, outcome: 'overloaded' }] : [] }),
  )
  await using _ = await serveStatus(files, {})
  expect(await ask('r')).toMatch(/^r is attempted again in 1m (30|29)s, after overloaded\n$/)
})

test('tasks that have ended, each in one line', async () => {
  files.putResult(exampleResult({ task_id: 'good' }))
  files.putResult(
    exampleResult({ task_id: 'bad', status: 'failed', failure: failure('max_turns', 'It took\n10 turns.', { hint: 'Split it.' }) }),
  )
  files.putResult(
    exampleResult({ task_id: 'stopped', status: 'cancelled', failure: failure('cancelled', 'By me.', { hint: 'Retry it.' }) }),
  )
  files.put('tasks/processed/loose.task.md', 'Do it.')
  files.put('tasks/failed/pruned.task.md', 'Do it.')
  files.put('tasks/waiting/asks.task.md', 'Do it.')
  files.put('tasks/waiting/asks.questions.json', { schema_version: 1, questions: [exampleQuestion({ task_id: 'asks' })] })
  files.put('tasks/waiting/told.task.md', 'Do it.')
  files.put('tasks/rejected/odd.task.md', '')
  files.put('tasks/rejected/odd.task.md.reason.json', { code: 'empty_file', message: 'The file is empty.', hint: 'Write it.' })
  const ids = ['good', 'bad', 'stopped', 'loose', 'pruned', 'asks', 'told', 'odd']
  const lines: string[] = []
  for (const id of ids) lines.push(await ask(id))
  expect(lines).toEqual([
    'good completed at 2026-11-20 09:03:14\n',
    'bad failed: It took 10 turns. (max_turns) → Split it.\n',
    'stopped was cancelled: By me. (cancelled) → Retry it.\n',
    'loose lies in tasks/processed and has no result\n',
    'pruned failed\n',
    'asks waits for an answer to "Which database?" (postgres | mysql) until 2026-11-20 11:00:00, when "postgres" is taken; give it with: orchestrator answer asks "…"\n',
    'told has its answer and goes on with the daemon; start it with: orchestrator start\n',
    'odd was rejected: The file is empty. → Write it.\n',
  ])
})
