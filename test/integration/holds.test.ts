import { writeFile } from 'node:fs/promises'
import { expect, test, vi } from 'vitest'
import { tellDaemon } from '../../src/control/client.ts'
import { callsIn, makeStandInHome, namesOf, taskFile, tasksOf } from '../helpers/stand-in.ts'

const reader = (prompt: string, head: Readonly<Record<string, unknown>> = {}) => taskFile({ type: 'analyze', ...head }, prompt)

test('a rate limit costs no retry, and holds the agent but no other until one task got through', async () => {
  await using home = await makeStandInHome({
    env: { MAX_CONCURRENT_TASKS: '1', MAX_RETRIES: '0' },
    files: {
      'tasks/a.task.md': reader('play: status=429 first=1', { priority: 'high' }),
      'tasks/b.task.md': reader('Do it.'),
      'tasks/other.task.md': reader('demo: succeed 20ms', { agent: 'demo', priority: 'low' }),
    },
  })

  expect(await home.run(['start', '--once'])).toMatchObject({ code: 0 })

  expect(await home.waitForResult('a')).toMatchObject({
    status: 'completed',
    attempts: [{ outcome: 'rate_limited' }, { outcome: 'completed' }],
  })
  const events = (await home.events()).filter(({ event }) => /_started$|^agent_/.test(event) && event !== 'daemon_started')
  expect(events.map((event) => ('task_id' in event ? `${event.event} ${event.task_id}` : event.event))).toEqual([
    'claude_started a',
    'agent_held',
    'demo_started other',
    'claude_started a',
    'agent_released',
    'claude_started b',
  ])
})

test('an agent that is not logged in fails one task and holds the rest, over a restart too, until somebody resumes', async () => {
  await using home = await makeStandInHome({
    env: { MAX_CONCURRENT_TASKS: '1' },
    files: { 'tasks/a.task.md': reader('play: status=401'), 'tasks/b.task.md': reader('Do it.'), 'tasks/c.task.md': reader('Do it.') },
  })

  expect(await home.run(['start', '--once'])).toMatchObject({ code: 1, stdout: expect.stringContaining('1 failed, 2 still queued') })
  expect(await home.waitForResult('a')).toMatchObject({ status: 'failed', failure: { code: 'auth_failed' }, attempts: [{}] })

  await home.start(['start']).until(/watching/)
  const { holds, queued } = await tellDaemon(home.paths.socket, 'status', {})
  expect(holds).toEqual([{ kind: 'agent', reason: expect.stringMatching(/claude is held until .*auth_failed/) }])
  expect(queued).toMatchObject([{ id: 'b', waitsFor: expect.stringContaining('auth_failed') }, { id: 'c' }])
  expect(await callsIn(home)).toHaveLength(1)

  expect(await home.run(['resume'])).toMatchObject({ code: 0 })
  await home.waitForResult('b')
  expect(await home.waitForResult('c')).toMatchObject({ status: 'completed' })
})

test('a new login in .env lifts that hold', async () => {
  await using home = await makeStandInHome({ files: { 'tasks/a.task.md': reader('play: status=401') } })
  await home.start(['start']).until(/watching/)
  await home.waitForResult('a')
  await home.drop('b', reader('Do it.'))
  await vi.waitFor(async () => expect(await tellDaemon(home.paths.socket, 'status', {})).toMatchObject({ queuedCount: 1 }), {
    timeout: 5_000,
  })
  await writeFile(home.paths.env, 'ANTHROPIC_API_KEY=sk-ant-another-made-up-key\n')

  expect(await home.waitForResult('b')).toMatchObject({ status: 'completed' })
  expect((await callsIn(home)).at(-1)?.env).toMatchObject({ ANTHROPIC_API_KEY: 'sk-ant-another-made-up-key' })
})

test('the budget of a day is shared out, and what it cannot pay for waits', async () => {
  await using home = await makeStandInHome({
    env: { MAX_CONCURRENT_TASKS: '1', DAILY_BUDGET_USD: '0.4' },
    files: { 'tasks/a.task.md': reader('Do it.'), 'tasks/b.task.md': reader('Do it.'), 'tasks/c.task.md': reader('Do it.') },
  })

  expect(await home.run(['start', '--once'])).toMatchObject({
    code: 75,
    stdout: expect.stringContaining('2 completed, 0 failed, 1 still queued'),
  })
  const budgets = (await callsIn(home)).map(({ args }) => Number(args.find((arg) => arg.startsWith('--max-budget'))?.split('=')[1]))
  expect(budgets).toEqual([0.4, expect.closeTo(0.15)])
  expect(await home.run(['start', '--once'])).toMatchObject({ code: 75 })
  expect(tasksOf(await home.events(), 'claude_started')).toEqual(['a', 'b'])
  expect(namesOf(await home.events('c'))).toEqual([])
})
