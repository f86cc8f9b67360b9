import { mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { why } from '../../src/cli/commands/why.ts'
import { formatMoment } from '../../src/lib/moment.ts'
import type { Home } from '../helpers/home.ts'
import type { Finished } from '../helpers/process.ts'
import { runCommand } from '../helpers/run-command.ts'
import { callsIn, makeStandInHome, release, taskFile, tasksOf } from '../helpers/stand-in.ts'
import { until } from '../helpers/until.ts'

const reader = (head: Readonly<Record<string, unknown>>, prompt = 'Do it.') => taskFile({ type: 'analyze', ...head }, prompt)

async function startDaemon(home: Home) {
  const daemon = home.start(['start'])
  await daemon.until(/watching/)
  return daemon
}

/** What `why` says, once it says it. */
async function untilWhy(home: Home, id: string, pattern: RegExp): Promise<void> {
  await until(async () => expect((await runCommand(why, { home: home.paths.home, args: [id], env: home.env })).out).toMatch(pattern))
}

async function untilStarted(home: Home, id: string): Promise<void> {
  await until(async () => expect(tasksOf(await home.events(), 'claude_started')).toContain(id))
}

async function rejection(home: Home, id: string): Promise<{ code: string; message: string }> {
  const path = join(home.paths.rejected, `${id}.task.md.reason.json`)
  return JSON.parse(await until(() => readFile(path, 'utf8')))
}

/** What is expected of a task that failed with another. */
const failedWith = (id: string) => ({
  status: 'failed',
  attempts: [],
  failure: { code: 'dependency_failed', message: `${id}, which this task depends on, has failed.`, retryable: false },
})

describe('an unattended run whose last tasks may not start', () => {
  let home: Home
  let finished: Finished
  beforeAll(async () => {
    const tasks = {
      'a-last': reader({ depends_on: ['b-second', 'c-first'], priority: 'high' }),
      'b-second': reader({ depends_on: 'c-first', priority: 'high' }),
      'c-first': reader({ priority: 'low' }, 'play: ms=300'),
      later: reader({ not_before: '2099-01-01T00:00:00Z', priority: 'high' }),
      orphan: reader({ depends_on: 'nobody', priority: 'high' }),
      now: reader({ not_before: '2001-01-01T00:00:00Z', priority: 'low' }),
    }
    home = await makeStandInHome({ files: Object.fromEntries(Object.entries(tasks).map(([id, text]) => [`tasks/${id}.task.md`, text])) })
    finished = await home.run(['start', '--once'])
  })
  afterAll(() => home[Symbol.asyncDispose]())

  test('ends with status 75, and they are kept', async () => {
    const { code, stdout } = finished
    expect({ code, end: stdout.trimEnd().split('\n').at(-1) }).toEqual({ code: 75, end: '4 completed, 0 failed, 2 still queued' })
    expect(await Promise.all(['later', 'orphan', 'now'].map(home.stateOf))).toEqual(['queued', 'queued', 'processed'])
  })

  test('starts those that depend on others when all of these have completed, in whatever order they were dropped', async () => {
    const ids = ['c-first', 'b-second', 'a-last']
    const order = (await home.events()).flatMap((event) =>
      'task_id' in event && ids.includes(event.task_id) && /^(claude_started|task_archived)$/.test(event.event)
        ? [`${event.task_id} ${event.event}`]
        : [],
    )
    expect(order).toEqual(ids.flatMap((id) => [`${id} claude_started`, `${id} task_archived`]))
  })
})

test('a task fails with one that it depends on, and so do those that depend on it in turn, none of them started', async () => {
  await using home = await makeStandInHome({
    files: {
      'tasks/bad.task.md': reader({}, 'play: status=400'),
      'tasks/good.task.md': reader({}),
      'tasks/child.task.md': reader({ depends_on: ['good', 'bad'], priority: 'high' }),
      'tasks/grandchild.task.md': reader({ depends_on: 'child', priority: 'high' }),
    },
  })
  expect(await home.run(['start', '--once'])).toMatchObject({ code: 1, stdout: expect.stringContaining('1 completed, 3 failed') })
  expect(await home.waitForResult('child')).toMatchObject(failedWith('bad'))
  expect(await home.waitForResult('grandchild')).toMatchObject(failedWith('child'))
  expect(tasksOf(await home.events(), 'claude_started').sort()).toEqual(['bad', 'good'])
  expect((await home.run(['why', 'grandchild'])).stdout).toMatch(/^grandchild failed: child, which .* \(dependency_failed\) → .*\n$/)
})

describe('a running daemon', () => {
  let home: Home
  beforeAll(async () => {
    home = await makeStandInHome({ env: { MAX_CONCURRENT_TASKS: '6', RESCAN_SEC: '3600' } })
    await startDaemon(home)
  })
  afterAll(() => home[Symbol.asyncDispose]())

  test('has a task wait for an id that nobody knows, and starts it when a task of that id has come and completed', async () => {
    await home.drop('waits', reader({ depends_on: 'later' }))
    await untilWhy(home, 'waits', /^waits is queued: it depends on later, and no task of that id exists\n$/)
    await home.drop('later', reader({}, 'play: until=later-may-end'))
    await untilStarted(home, 'later')
    await untilWhy(home, 'waits', /^waits is queued: it depends on later, which is not finished\n$/)
    await release(home, 'later-may-end')
    expect(await home.waitForResult('waits')).toMatchObject({ status: 'completed' })
  })

  test('sees at once that the file which a task waits for was taken away', async () => {
    await home.drop('base', reader({ not_before: '2999-01-01' }))
    await home.drop('stays', reader({ depends_on: 'base' }))
    await untilWhy(home, 'stays', /^stays is queued: it depends on base, which is not finished\n$/)
    await rm(join(home.paths.tasks, 'base.task.md'))
    await untilWhy(home, 'stays', /^stays is queued: it depends on base, and no task of that id exists\n$/)
  })

  test('fails a task with a cancelled one that it depends on', async () => {
    await home.drop('held-up', reader({ not_before: '2999-01-01' }))
    await home.drop('follows', reader({ depends_on: 'held-up' }))
    await untilWhy(home, 'follows', /not finished/)
    expect(await home.run(['cancel', 'held-up'])).toMatchObject({ code: 0 })
    expect(await home.waitForResult('follows')).toMatchObject(failedWith('held-up'))
  })

  test('retries a task together with what failed under it', async () => {
    const ids = ['z-base', 'a-child', 'b-grandchild']
    await home.drop('z-base', reader({ cwd: 'not-yet' }))
    await home.drop('a-child', reader({ depends_on: 'z-base', cwd: '.' }))
    await home.drop('b-grandchild', reader({ depends_on: 'a-child', cwd: '.' }))
    for (const id of ids) expect(await home.waitForResult(id)).toMatchObject({ status: 'failed', attempts: [] })
    await mkdir(join(home.work, 'not-yet'))
    expect(await home.run(['retry', '--all-failed'])).toMatchObject({ code: 0 })
    const archived = async () => tasksOf(await home.events(), 'task_archived').filter((id) => ids.includes(id))
    await until(async () => expect(await archived()).toHaveLength(6))
    for (const id of ids) expect(await home.waitForResult(id)).toMatchObject({ status: 'completed' })
    expect(tasksOf(await home.events(), 'claude_started').filter((id) => ids.includes(id))).toEqual(ids)
  })

  test('rejects tasks that wait for each other with the circle named, and shows those that wait for them', async () => {
    const circles = {
      self: reader({ depends_on: 'self' }),
      'two-a': reader({ depends_on: 'two-b' }),
      'two-b': reader({ depends_on: 'two-a' }),
      'three-a': reader({ depends_on: 'three-b' }),
      'three-b': reader({ depends_on: ['fine', 'three-c'] }),
      'three-c': reader({ depends_on: 'three-a' }),
    }
    for (const [id, text] of Object.entries(circles)) await home.drop(id, text)
    await home.drop('fine', reader({}))
    await home.drop('outside', reader({ depends_on: ['fine', 'two-a'] }))

    const reasons = await Promise.all(Object.keys(circles).map((id) => rejection(home, id)))
    const named = reasons.map(({ message }) => /^The tasks wait for each other: (.*)\.$/.exec(message)?.[1]?.split(' → ') ?? [])
    expect(named.map((circle) => [...new Set(circle)].sort().join())).toEqual([
      'self',
      ...Array(2).fill('two-a,two-b'),
      ...Array(3).fill('three-a,three-b,three-c'),
    ])
    for (const circle of named) expect(circle.at(-1)).toBe(circle[0])
    for (const reason of reasons) expect(reason).toMatchObject({ code: 'dependency_circle' })

    expect(await home.waitForResult('fine')).toMatchObject({ status: 'completed' })
    await untilWhy(home, 'outside', /^outside is queued: it depends on two-a, and no task of that id exists\n$/)
    await untilWhy(home, 'self', /^self was rejected: .*self → self\. → Mend depends_on.*\n$/)
    const files = (await readdir(home.paths.rejected)).filter((name) => name.endsWith('.task.md'))
    expect(files.sort()).toEqual(
      Object.keys(circles)
        .map((id) => `${id}.task.md`)
        .sort(),
    )
  })

  test('keeps to a start time, and starts nothing before it', async () => {
    const inYears = new Date('2999-01-01T00:00:00Z').toISOString()
    await home.drop('far', reader({ not_before: inYears }))
    await untilWhy(home, 'far', new RegExp(`^far is queued: it does not start before ${formatMoment(inYears)}\\n$`))
    const at = Date.now() + 2_000
    await home.drop('timed', reader({ not_before: new Date(at).toISOString() }))
    const { timings } = await home.waitForResult('timed')
    expect(Date.parse(timings.started ?? '')).toBeGreaterThanOrEqual(at)
    expect(await home.stateOf('far')).toBe('queued')
  })

  test('has a task wait while its retry is due, and why says for how long', async () => {
    await home.drop('crashes', reader({ retries: 9 }, 'play: exit=3'))
    await untilWhy(home, 'crashes', /^crashes is attempted again in .*, after agent_crashed\n$/)
    expect(await home.run(['cancel', 'crashes'])).toMatchObject({ code: 0 })
    expect(await home.waitForResult('crashes')).toMatchObject({ status: 'cancelled' })
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
