import { mkdir, readdir, readFile, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Home } from '../helpers/home.ts'
import { needs } from '../helpers/needs.ts'
import { callsIn, makeStandInHome, namesOf, release, taskFile, tasksOf } from '../helpers/stand-in.ts'
import { until } from '../helpers/until.ts'

const reader = (head: Readonly<Record<string, unknown>>, prompt = 'Do it.') => taskFile({ type: 'analyze', ...head }, prompt)

async function startDaemon(home: Home) {
  const daemon = home.start(['start'])
  await daemon.until(/watching/)
  return daemon
}

/** What `why` says, once it says it. */
async function untilWhy(home: Home, id: string, pattern: RegExp): Promise<void> {
  await until(async () => expect((await home.run(['why', id])).stdout).toMatch(pattern))
}

async function untilStarted(home: Home, ...ids: readonly string[]): Promise<void> {
  const started = async () => expect(tasksOf(await home.events(), 'claude_started').sort()).toEqual([...ids].sort())
  await until(started)
}

async function rejection(home: Home, id: string): Promise<{ code: string; message: string }> {
  const path = join(home.paths.rejected, `${id}.task.md.reason.json`)
  return JSON.parse(await until(() => readFile(path, 'utf8')))
}

describe('a task that depends on others', () => {
  test('starts when all of them have completed, in whatever order they were dropped', async () => {
    await using home = await makeStandInHome({
      files: {
        'tasks/a-last.task.md': reader({ depends_on: ['b-second', 'c-first'], priority: 'high' }),
        'tasks/b-second.task.md': reader({ depends_on: 'c-first', priority: 'high' }),
        'tasks/c-first.task.md': reader({ priority: 'low' }, 'play: ms=300'),
      },
    })
    expect(await home.run(['start', '--once'])).toMatchObject({ code: 0 })
    expect(tasksOf(await home.events(), 'claude_started')).toEqual(['c-first', 'b-second', 'a-last'])
    const order = (await home.events()).filter(({ event }) => event === 'claude_started' || event === 'task_archived')
    expect(namesOf(order)).toEqual([
      'claude_started',
      'task_archived',
      'claude_started',
      'task_archived',
      'claude_started',
      'task_archived',
    ])
  })

  test('waits for an id that nobody knows, and starts when a task of that id has come and completed', async () => {
    await using home = await makeStandInHome({ files: { 'tasks/waits.task.md': reader({ depends_on: 'later' }) } })
    expect(await home.run(['start', '--once'])).toMatchObject({ code: 75, stdout: expect.stringContaining('1 still queued') })

    await startDaemon(home)
    await untilWhy(home, 'waits', /^waits is queued: it depends on later, and no task of that id exists\n$/)
    await home.drop('later', reader({}, 'play: until=go'))
    await untilStarted(home, 'later')
    await untilWhy(home, 'waits', /^waits is queued: it depends on later, which is not finished\n$/)
    await release(home, 'go')
    expect(await home.waitForResult('waits')).toMatchObject({ status: 'completed' })
  })

  test('is told at once when the file that it waits for is taken away', async () => {
    await using home = await makeStandInHome({
      files: {
        'tasks/base.task.md': reader({ not_before: '2999-01-01' }),
        'tasks/waits.task.md': reader({ depends_on: 'base' }),
      },
    })
    await startDaemon(home)
    await untilWhy(home, 'waits', /^waits is queued: it depends on base, which is not finished\n$/)
    await rm(join(home.paths.tasks, 'base.task.md'))
    await untilWhy(home, 'waits', /^waits is queued: it depends on base, and no task of that id exists\n$/)
  })

  test('fails with one that failed or was cancelled, and so do those that depend on it in turn, none of them started', async () => {
    await using home = await makeStandInHome({
      files: {
        'tasks/bad.task.md': reader({}, 'play: status=400'),
        'tasks/good.task.md': reader({}),
        'tasks/child.task.md': reader({ depends_on: ['good', 'bad'], priority: 'high' }),
        'tasks/grandchild.task.md': reader({ depends_on: 'child', priority: 'high' }),
      },
    })
    expect(await home.run(['start', '--once'])).toMatchObject({ code: 1, stdout: expect.stringContaining('1 completed, 3 failed') })
    const because = (id: string) => ({
      status: 'failed',
      attempts: [],
      failure: { code: 'dependency_failed', message: `${id}, which this task depends on, has failed.`, retryable: false },
    })
    expect(await home.waitForResult('child')).toMatchObject(because('bad'))
    expect(await home.waitForResult('grandchild')).toMatchObject(because('child'))
    expect(tasksOf(await home.events(), 'claude_started').sort()).toEqual(['bad', 'good'])
    expect((await home.run(['why', 'grandchild'])).stdout).toMatch(/^grandchild failed: child, which .* \(dependency_failed\) → .*\n$/)

    await home.drop('held-up', reader({ not_before: '2999-01-01' }))
    await startDaemon(home)
    await home.drop('follows', reader({ depends_on: 'held-up' }))
    await untilWhy(home, 'follows', /not finished/)
    expect(await home.run(['cancel', 'held-up'])).toMatchObject({ code: 0 })
    expect(await home.waitForResult('follows')).toMatchObject(because('held-up'))
  })

  test('is retried together with what failed under it', async () => {
    await using home = await makeStandInHome({
      files: {
        'tasks/z-base.task.md': reader({ cwd: 'not-yet' }),
        'tasks/a-child.task.md': reader({ depends_on: 'z-base', cwd: '.' }),
        'tasks/b-grandchild.task.md': reader({ depends_on: 'a-child', cwd: '.' }),
      },
    })
    expect(await home.run(['start', '--once'])).toMatchObject({ code: 1 })
    await mkdir(join(home.work, 'not-yet'))
    await startDaemon(home)
    expect(await home.run(['retry', '--all-failed'])).toMatchObject({ code: 0 })
    const again = async () => expect(tasksOf(await home.events(), 'task_archived')).toHaveLength(6)
    await until(again)
    for (const id of ['z-base', 'a-child', 'b-grandchild']) expect(await home.waitForResult(id)).toMatchObject({ status: 'completed' })
  })
})

test('tasks that wait for each other are rejected with the circle named, and those that wait for them are shown', async () => {
  await using home = await makeStandInHome({
    files: {
      'tasks/self.task.md': reader({ depends_on: 'self' }),
      'tasks/two-a.task.md': reader({ depends_on: 'two-b' }),
      'tasks/two-b.task.md': reader({ depends_on: 'two-a' }),
      'tasks/three-a.task.md': reader({ depends_on: 'three-b' }),
      'tasks/three-b.task.md': reader({ depends_on: ['fine', 'three-c'] }),
      'tasks/three-c.task.md': reader({ depends_on: 'three-a' }),
      'tasks/fine.task.md': reader({}),
      'tasks/outside.task.md': reader({ depends_on: ['fine', 'two-a'] }),
    },
  })
  await startDaemon(home)
  const circles = ['self', 'two-a', 'two-b', 'three-a', 'three-b', 'three-c']
  const messages = await Promise.all(circles.map(async (id) => (await rejection(home, id)).message))
  const named = messages.map((message) => /^The tasks wait for each other: (.*)\.$/.exec(message)?.[1]?.split(' → ') ?? [])
  expect(named.map((circle) => [...new Set(circle)].sort().join())).toEqual([
    'self',
    ...Array(2).fill('two-a,two-b'),
    ...Array(3).fill('three-a,three-b,three-c'),
  ])
  for (const circle of named) expect(circle.at(-1)).toBe(circle[0])
  for (const id of circles) expect(await rejection(home, id)).toMatchObject({ code: 'dependency_circle' })

  expect(await home.waitForResult('fine')).toMatchObject({ status: 'completed' })
  await untilWhy(home, 'outside', /^outside is queued: it depends on two-a, and no task of that id exists\n$/)
  expect((await home.run(['why', 'self'])).stdout).toMatch(/^self was rejected: .*self → self\. → Mend depends_on.*\n$/)
  expect((await readdir(home.paths.rejected)).filter((name) => name.endsWith('.task.md'))).toHaveLength(6)
})

test('a start time is kept to by a running daemon, and nothing starts before it', async () => {
  await using home = await makeStandInHome({ env: { RESCAN_SEC: '3600' } })
  await startDaemon(home)
  await home.drop('far', reader({ not_before: '2999-01-01' }))
  await untilWhy(home, 'far', /^far is queued: it does not start before \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\n$/)
  const at = Date.now() + 2_000
  await home.drop('later', reader({ not_before: new Date(at).toISOString() }))
  const { timings } = await home.waitForResult('later')
  expect(Date.parse(timings.started ?? '')).toBeGreaterThanOrEqual(at)
  expect(await home.stateOf('far')).toBe('queued')
})

describe('a directory', () => {
  test('is worked in by one writer at a time, over whatever link it is named', needs('posix'), async () => {
    await using home = await makeStandInHome({ env: { MAX_CONCURRENT_TASKS: '4' }, files: { '../work/real/file': '' } })
    await symlink(join(home.work, 'real'), join(home.work, 'link'))
    await startDaemon(home)
    await home.drop('one', taskFile({ cwd: 'real' }, 'play: until=go'))
    await untilStarted(home, 'one')
    await home.drop('two', taskFile({ cwd: 'link' }, 'play: ms=100'))
    await home.drop('three', reader({ cwd: 'real/../link/.' }, 'play: ms=100'))
    await home.drop('elsewhere', taskFile({ cwd: '.' }))
    const reason = `one works in ${join(home.work, 'real')}`
    await untilWhy(home, 'two', new RegExp(`^two is queued: ${reason}\\n$`))
    await untilWhy(home, 'three', new RegExp(`^three is queued: ${reason}\\n$`))
    expect(await home.waitForResult('elsewhere')).toMatchObject({ status: 'completed' })
    await release(home, 'go')
    for (const id of ['two', 'three']) expect(await home.waitForResult(id)).toMatchObject({ status: 'completed' })
    const turns = (await home.events()).filter((event) => 'task_id' in event && ['two', 'three'].includes(event.task_id))
    const ends = namesOf(turns).filter((name) => name.startsWith('claude_'))
    expect(ends).toEqual(['claude_started', 'claude_finished', 'claude_started', 'claude_finished'])
  })

  test('is shared by readers, and a writer waits for all of them', async () => {
    await using home = await makeStandInHome({ env: { MAX_CONCURRENT_TASKS: '4' } })
    await startDaemon(home)
    for (const id of ['one', 'two', 'three']) await home.drop(id, reader({}, 'play: meet=3 until=go'))
    await untilStarted(home, 'one', 'two', 'three')
    await home.drop('writer', taskFile({ type: 'fix' }, 'play: write=w.txt'))
    await untilWhy(home, 'writer', /^writer is queued: (one|two|three) works in /)
    await release(home, 'go')
    expect(await home.waitForResult('writer')).toMatchObject({ status: 'completed' })
    const started = Date.parse((await home.waitForResult('writer')).timings.started ?? '')
    for (const id of ['one', 'two', 'three']) {
      expect(Date.parse((await home.waitForResult(id)).attempts[0]?.finished ?? '')).toBeLessThanOrEqual(started)
    }
  })

  test('that is made only after its tasks were dropped has one writer at a time as well', async () => {
    await using home = await makeStandInHome({
      env: { MAX_CONCURRENT_TASKS: '4' },
      files: Object.fromEntries(['a', 'b', 'c'].map((id) => [`tasks/${id}.task.md`, taskFile({ cwd: 'new' }, 'play: ms=150')])),
    })
    expect(await home.run(['pause'])).toMatchObject({ code: 0 })
    await startDaemon(home)
    await mkdir(join(home.work, 'new'))
    expect(await home.run(['resume'])).toMatchObject({ code: 0 })
    for (const id of ['a', 'b', 'c']) expect(await home.waitForResult(id)).toMatchObject({ status: 'completed' })
    const ends = namesOf(await home.events()).filter((name) => name.startsWith('claude_'))
    expect(ends).toEqual(Array(3).fill(['claude_started', 'claude_finished']).flat())
  })
})

test('why explains any task of a long queue in one line, however far behind it is', async () => {
  const files = Object.fromEntries(Array.from({ length: 150 }, (_, index) => [`tasks/t${index}.task.md`, reader({ priority: 'high' })]))
  await using home = await makeStandInHome({
    env: { MAX_CONCURRENT_TASKS: '1' },
    files: {
      ...files,
      'tasks/first.task.md': reader({ priority: 'high', created: '2000-01-01' }, 'play: until=go'),
      'tasks/z-free.task.md': reader({ priority: 'low', created: '2000-01-02' }),
      'tasks/z-later.task.md': reader({ priority: 'low', not_before: '2999-01-01' }),
      'tasks/z-needs.task.md': reader({ priority: 'low', depends_on: 't7' }),
    },
  })
  const daemon = await startDaemon(home)
  await untilStarted(home, 'first')
  await untilWhy(home, 'first', /^first runs since .*\n$/)
  await untilWhy(home, 'z-free', /^z-free is queued: it waits for a free slot: 1 of 1 in use, 150 before it\n$/)
  await untilWhy(home, 'z-later', /^z-later is queued: it does not start before (2998|2999)-\d\d-\d\d \d\d:\d\d:\d\d\n$/)
  await untilWhy(home, 'z-needs', /^z-needs is queued: it depends on t7, which is not finished\n$/)
  expect(await home.run(['pause'])).toMatchObject({ code: 0 })
  await untilWhy(home, 'z-free', /^z-free is queued: the queue is paused; `orchestrator resume` opens it\n$/)
  await release(home, 'go')
  await home.waitForResult('first')
  expect(await callsIn(home)).toHaveLength(1)
  await daemon.stop()
  const besides = 'Besides, no daemon runs; start it with: orchestrator start'
  expect((await home.run(['why', 'z-free'])).stdout).toBe(
    `z-free is queued: the queue is paused; \`orchestrator resume\` opens it. ${besides}\n`,
  )
})

test('a task waits while its retry is due, and why says for how long', async () => {
  await using home = await makeStandInHome({ env: { MAX_CONCURRENT_TASKS: '1' } })
  await startDaemon(home)
  await home.drop('a', reader({ retries: 9 }, 'play: exit=3'))
  await untilWhy(home, 'a', /^a is attempted again in .*, after agent_crashed\n$/)
  expect(await home.run(['cancel', 'a'])).toMatchObject({ code: 0 })
  expect(await home.waitForResult('a')).toMatchObject({ status: 'cancelled' })
})
