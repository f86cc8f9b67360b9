import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { access, copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { tellDaemon } from '../../src/control/client.ts'
import type { DaemonStatus } from '../../src/control/protocol.ts'
import { resultSchema, type TaskResult } from '../../src/domain/result.ts'
import { newRunRecord, type RunRecord } from '../../src/domain/run.ts'
import { formatMoment } from '../../src/lib/moment.ts'
import { identify } from '../../src/lib/process-identity.ts'
import type { Home } from '../helpers/home.ts'
import { needs } from '../helpers/needs.ts'
import type { Finished, RunningOrchestrator } from '../helpers/process.ts'
import { type Printed, runHere } from '../helpers/run-here.ts'
import { callsIn, makeStandInHome, namesOf, optionOf, release, taskFile, tasksOf } from '../helpers/stand-in.ts'
import { until } from '../helpers/until.ts'

const ENDLESS = taskFile({}, 'Work.\nplay: until=doomsday sleeper=300')
const DAEMON = expect.stringContaining('orchestrator.js start')

async function startDaemon(home: Home): Promise<RunningOrchestrator> {
  const daemon = home.start(['start'])
  await daemon.until(/watching/)
  return daemon
}

function statusOf(home: Home): Promise<DaemonStatus> {
  return tellDaemon(home.paths, 'status', {})
}

/** Waits until the agent has been called so often. */
async function untilCalled(home: Home, times: number): Promise<void> {
  await until(async () => expect(await callsIn(home)).toHaveLength(times))
}

async function untilProcesses(home: Home, ...expected: readonly unknown[]): Promise<void> {
  await until(async () => expect(await home.processes()).toEqual(expected))
}

describe('a running daemon', () => {
  let home: Home
  let daemon: RunningOrchestrator
  beforeAll(async () => {
    home = await makeStandInHome()
    daemon = await startDaemon(home)
  })
  afterAll(() => home[Symbol.asyncDispose]())

  test('says what runs and what waits for what, and a cancelled task leaves no process', async () => {
    await home.drop('busy', ENDLESS)
    await untilCalled(home, 1)
    await home.drop('next', taskFile({ priority: 'high' }))
    await until(async () => expect(await statusOf(home)).toMatchObject({ queuedCount: 1 }))

    expect(await statusOf(home)).toMatchObject({
      pid: daemon.pid,
      home: home.paths.home,
      concurrency: 3,
      holds: [],
      running: [{ id: 'busy', title: 'Work.', agent: 'claude', attempt: 1 }],
      queued: [{ id: 'next', file: 'next.task.md', priority: 'high', waitsFor: `busy works in ${home.work}` }],
    })

    expect(await home.run(['cancel', 'busy'])).toMatchObject({ code: 0, stdout: 'cancelled busy\n' })

    expect(await home.waitForResult('busy')).toMatchObject({
      status: 'cancelled',
      failure: { code: 'cancelled', retryable: false },
      attempts: [{ attempt: 1, outcome: 'cancelled' }],
    })
    expect(await home.stateOf('busy')).toBe('failed')
    expect(await home.waitForResult('next')).toMatchObject({ status: 'completed' })
    await untilProcesses(home, DAEMON)
  })

  test('starts nothing while it is paused; a queued task that is cancelled is never started', async () => {
    expect(await runHere(home, ['pause'])).toMatchObject({ code: 0 })
    await home.drop('dropped', taskFile({}))
    await until(async () => expect(await statusOf(home)).toMatchObject({ queuedCount: 1, holds: [{ kind: 'paused' }] }))
    expect(await runHere(home, ['cancel', 'dropped'])).toMatchObject({ code: 0 })

    expect(await home.waitForResult('dropped')).toMatchObject({
      status: 'cancelled',
      attempts: [],
      timings: { started: null, worked_ms: 0 },
    })
    expect(namesOf(await home.events('dropped'))).toEqual([
      'task_received',
      'parsed',
      'summarized',
      'validated',
      'artifacts_written',
      'task_archived',
    ])
    expect(await runHere(home, ['resume'])).toMatchObject({ code: 0 })
    await home.drop('after', taskFile({}))
    expect(await home.waitForResult('after')).toMatchObject({ status: 'completed' })
    expect(namesOf(await home.events())).toEqual(expect.arrayContaining(['paused', 'resumed']))
  })

  test('counts a cancelled task as such at the end of an unattended run, which is no success', async () => {
    await using other = await makeStandInHome({ files: { 'tasks/stop.task.md': taskFile({}, 'play: until=never') } })
    const summary = join(other.paths.home, 'step-summary.md')
    const running = other.start(['start', '--once'], { env: { GITHUB_STEP_SUMMARY: summary } })
    await until(async () => expect(await callsIn(other)).toHaveLength(1))
    expect(await runHere(other, ['cancel', 'stop'])).toMatchObject({ code: 0 })
    const { code, stdout } = await running.exited
    expect({ code, last: stdout.trimEnd().split('\n').at(-1) }).toEqual({ code: 1, last: '0 completed, 0 failed, 1 cancelled' })
    expect(await readFile(summary, 'utf8')).toContain('## ❌ Orchestrator: 0 completed, 0 failed, 1 cancelled\n')
  })

  test('cancels nothing that has ended or never was, and says so', async () => {
    await home.drop('ended', taskFile({}))
    const result = await home.waitForResult('ended')

    for (const [id, message] of [
      ['ended', /ended is neither queued nor running/],
      ['nobody', /nobody/],
    ] as const)
      expect(await runHere(home, ['cancel', id])).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(message) })
    expect(await home.waitForResult('ended')).toEqual(result)
  })

  test('retries a failed task under its id, and the earlier result is kept', async () => {
    await home.drop('mended', taskFile({ cwd: 'not-yet' }))
    const first = await home.waitForResult('mended')
    await mkdir(join(home.work, 'not-yet'))

    expect(await runHere(home, ['retry', 'mended'])).toMatchObject({ code: 0, stdout: 'mended\n' })

    await until(async () => expect(await home.stateOf('mended')).toBe('processed'))
    const second = await home.waitForResult('mended')
    expect([first, second]).toMatchObject([
      { status: 'failed', failure: { code: 'cwd_missing' } },
      { status: 'completed', task_id: 'mended' },
    ])
    expect(second.run_id > first.run_id).toBe(true)
    const earlier = resultSchema.parse(JSON.parse(await readFile(join(home.paths.results, 'mended_result.1.json'), 'utf8')))
    expect(earlier).toEqual(first)
    expect((await readdir(home.paths.summaries)).filter((name) => name.startsWith('mended')).sort()).toEqual([
      'mended_summary.1.txt',
      'mended_summary.txt',
    ])
    expect((await readdir(home.paths.failed)).filter((name) => name.startsWith('mended'))).toEqual([])
  })

  test('retries once more, and the numbers go on', async () => {
    const second = await home.waitForResult('mended')
    expect(await runHere(home, ['retry', 'mended'])).toMatchObject({ code: 0 })
    const third = await until(async () => {
      const result = await home.waitForResult('mended')
      expect(result.run_id).not.toBe(second.run_id)
      return result
    })

    expect(third.status).toBe('completed')
    const kept = (await readdir(home.paths.results)).filter((name) => name.startsWith('mended')).sort()
    expect(kept).toEqual(['mended_result.1.json', 'mended_result.2.json', 'mended_result.json'])
    expect(JSON.parse(await readFile(join(home.paths.results, 'mended_result.2.json'), 'utf8'))).toEqual(second)
  })

  test('is the only one of its home: a second start says who holds it', async () => {
    const second = await home.run(['start'])

    expect(second).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining(`process ${daemon.pid}`) })
    expect(await statusOf(home)).toMatchObject({ pid: daemon.pid })
  })
})

test('a pause is kept over a restart, and an unattended run with a paused queue ends with status 75', async () => {
  await using home = await makeStandInHome({ files: { 'tasks/one.task.md': taskFile({}) } })
  expect(await runHere(home, ['pause'])).toMatchObject({ code: 0 })

  expect(await home.run(['start', '--once'])).toMatchObject({ code: 75 })
  expect(JSON.parse((await runHere(home, ['status', '--json'])).stdout)).toMatchObject({
    holds: [{ kind: 'paused' }],
    queued: [{ id: 'one' }],
  })

  expect(await runHere(home, ['resume'])).toMatchObject({ code: 0 })
  expect(await home.run(['start', '--once'])).toMatchObject({ code: 0 })
  expect(await home.stateOf('one')).toBe('processed')
})

test('a reader of its output that goes away ends neither the daemon nor what runs', needs('posix'), async () => {
  await using home = await makeStandInHome({
    files: { 'tasks/one.task.md': taskFile({}, 'play: ms=300'), 'tasks/two.task.md': taskFile({}) },
  })
  const program = resolve(import.meta.dirname, '../../bin/orchestrator.js')
  const child = spawn(process.execPath, [program, 'start', '--once'], {
    cwd: home.paths.home,
    env: { ...home.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  child.stdout.once('data', () => {
    child.stdout.destroy()
    child.stderr.destroy()
  })

  expect(await once(child, 'exit')).toEqual([0, null])
  expect([await home.stateOf('one'), await home.stateOf('two')]).toEqual(['processed', 'processed'])
})

describe('the end of a daemon', () => {
  test('waits for what runs, and starts nothing more', async () => {
    await using home = await makeStandInHome()
    const daemon = await startDaemon(home)
    await home.drop('running', taskFile({}, 'play: until=go'))
    await untilCalled(home, 1)
    process.kill(daemon.pid, 'SIGTERM')
    await daemon.until(/stopping/)
    await home.drop('late', taskFile({ cwd: '.' }))
    await release(home, 'go')

    expect(await daemon.exited).toMatchObject({ code: 0, signal: null })
    expect(await home.waitForResult('running')).toMatchObject({ status: 'completed' })
    expect(await home.stateOf('late')).toBe('queued')
    expect(await readdir(dirname(home.paths.lock))).not.toContain('daemon.json')
  })

  test.each(['SIGTERM', 'SIGHUP'] as const)(
    '%s while it starts does not end it in the middle of something',
    needs('posix'),
    async (signal) => {
      const files = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`tasks/t${index}.task.md`, taskFile({})]))
      await using home = await makeStandInHome({ files })
      await runHere(home, ['pause'])
      const daemon = home.start(['start'])
      await until(() => access(home.paths.lock))
      process.kill(daemon.pid, signal)
      if (signal === 'SIGHUP') {
        await daemon.until(/watching/)
        expect(await statusOf(home), 'the pause from before the start').toMatchObject({
          holds: [{ kind: 'paused' }],
          running: [],
          queuedCount: 500,
        })
        process.kill(daemon.pid, 'SIGTERM')
      }

      expect(await daemon.exited).toMatchObject({ code: 0, signal: null, stdout: expect.stringMatching(/stopping/) })
      expect(await readdir(dirname(home.paths.lock))).not.toContain('daemon.json')
    },
  )
})

describe('what daemons left that came to an untimely end', needs('posix'), () => {
  /** The locks that the first three starts find; the fourth one finds that of the killed daemon. */
  const LOCKS = {
    'of a pid that belongs to somebody else now': { ...identify(process.pid), started: 'earlier' },
    'from before the machine was started anew': { ...identify(process.pid), boot: 'another boot' },
    torn: '{"pid":',
  }
  let home: Home
  /** How the daemons ended, in order; the last one is an unattended run that ends what the others have left. */
  let signalled: Ending, graceOver: Ending, killed: Ending
  let last: Finished
  /** What command lines said between the last two, and of the last one about the run that waits for its next attempt. */
  let said: Readonly<Record<'list' | 'show' | 'retried' | 'retriedAll' | 'cancelled', Printed>>
  let planned: DaemonStatus
  let next: string
  let before: { readonly archived: TaskResult; readonly second: TaskResult }

  beforeAll(async () => {
    home = await makeStandInHome({ env: { MAX_CONCURRENT_TASKS: '4' } })
    await leaveLock(LOCKS.torn)
    const first = await startWith({ SHUTDOWN_GRACE_SEC: '3600' })
    for (const [id, head] of Object.entries({ mendable: {}, one: { id: 'same' }, two: { id: 'same' } }))
      await home.drop(id, taskFile({ ...head, cwd: 'not-yet' }))
    for (const id of ['mendable', 'same', 'same-2']) await home.waitForResult(id)
    await home.drop('archived', taskFile({}))
    await home.waitForResult('archived')
    await dropEndless('signalled')
    signalled = await endOf(first, 'signalled', async () => {
      process.kill(first.pid, 'SIGTERM')
      await first.until(/stopping/)
      process.kill(first.pid, 'SIGTERM')
    })

    await leaveLock(LOCKS['of a pid that belongs to somebody else now'])
    const second = await startWith({ SHUTDOWN_GRACE_SEC: '1' })
    await dropEndless('grace-over')
    await home.waitForResult('signalled')
    graceOver = await endOf(second, 'grace-over', async () => process.kill(second.pid, 'SIGTERM'))

    await leaveLock(LOCKS['from before the machine was started anew'])
    const third = await startWith({})
    await home.waitForResult('grace-over')
    await dropEndless('killed')
    await dropEndless('too-often', { retries: 0 })
    killed = await endOf(third, 'killed', async () => process.kill(third.pid, 'SIGKILL'))

    before = { archived: await home.waitForResult('archived'), second: await home.waitForResult('same-2') }
    await copyFile(join(home.paths.processed, 'archived.task.md'), join(home.paths.running, 'archived.task.md'))
    await leaveRecord('archived', { run_id: before.archived.run_id })
    await home.drop('recorded', taskFile({ cwd: await directoryOf('recorded') }, 'play: until=recorded'))
    await leaveRecord('recorded')
    await leaveRunning('torn', taskFile({ cwd: await directoryOf('torn') }))
    await writeFile(join(home.paths.running, 'torn.run.json'), '{"schema_ver')
    await leaveRunning('lost', taskFile({ cwd: await directoryOf('lost') }))
    await leaveRunning('unreadable', 'torn \0')
    await leaveRecord('unreadable')
    await leaveRunning('planned', taskFile({ cwd: await directoryOf('planned') }))
    const attempt = { attempt: 1, started: new Date().toISOString(), finished: new Date().toISOString(), outcome: 'agent_crashed' } as const
    const nothing = { session_id: null, turns: 0, cost_usd: null, tokens: null, verify_ms: null }

    await directoryOf('not-yet')
    const say = (...args: readonly string[]) => runHere(home, args)
    said = {
      list: await say('list', '--json'),
      show: await say('show', 'killed'),
      retried: await say('retry', 'same-2'),
      retriedAll: await say('retry', '--all-failed'),
      cancelled: { code: -1, stdout: '', stderr: '' },
    }
    next = new Date(Date.now() + 4 * 60_000).toISOString()
    await leaveRecord('planned', { attempts: [{ ...attempt, ...nothing }], next_attempt: next })
    const fourth = home.start(['start', '--once'])
    for (const id of ['killed', 'too-often', 'torn', 'lost', 'mendable', 'same', 'same-2']) await home.waitForResult(id)
    planned = await until(async () => {
      const status = await statusOf(home)
      expect(status).toMatchObject({ running: [{ id: 'recorded' }], queuedCount: 1 })
      return status
    })
    said = { ...said, cancelled: await say('cancel', 'planned') }
    await release(home, 'recorded')
    last = await fourth.exited
  })
  afterAll(() => home[Symbol.asyncDispose]())

  test('what runs is interrupted by a second signal, and by the end of the grace: no process is left, and no result yet', () => {
    for (const ending of [signalled, graceOver])
      expect(ending).toMatchObject({ exited: { code: 130, signal: null }, processes: [], state: 'running', results: [] })
  })

  test.each(['signalled', 'grace-over', 'killed'])(
    'the run that was %s goes on in its session at the next start and has one result',
    async (id) => {
      const result = await home.waitForResult(id)
      expect(result).toMatchObject({
        status: 'completed',
        title: 'Work.',
        attempts: [
          { attempt: 1, outcome: 'interrupted' },
          { attempt: 2, outcome: 'completed' },
        ],
      })
      expect((await readdir(home.paths.results)).filter((name) => name.startsWith(id))).toEqual([`${id}_result.json`])
      expect(tasksOf(await home.events(id), 'task_archived')).toEqual([id])
      const [first, second, ...more] = (await callsIn(home)).filter(({ run }) => run === result.run_id)
      expect(more).toEqual([])
      expect(second && optionOf(second, '--resume')).toBe(result.attempts[0]?.session_id)
      expect(first?.stdin).not.toContain('You were interrupted')
      expect(second?.stdin).toContain('You were interrupted')
    },
  )

  test('kill -9 leaves the agent, which the next start ends before it goes on', async () => {
    expect(killed).toMatchObject({ exited: { signal: 'SIGKILL' }, state: 'running' })
    expect(JSON.parse(said.list.stdout)).toContainEqual(expect.objectContaining({ id: 'killed', state: 'running', agent: 'claude' }))
    expect(said.show.stdout).toContain(`\nagent     claude\nworks in  ${join(home.work, 'killed')}\n`)
    expect(await home.events('killed')).toContainEqual(expect.objectContaining({ event: 'recovered', what: 'interrupted' }))
    await untilProcesses(home)
  })

  test('too often is a failure, not a loop', async () => {
    expect(await home.waitForResult('too-often')).toMatchObject({
      status: 'failed',
      failure: { code: 'interrupted_too_often' },
      attempts: [{ outcome: 'interrupted' }],
    })
  })

  test('between the result and the archive: the next start archives, and nothing runs again', async () => {
    expect(await home.events('archived')).toContainEqual(expect.objectContaining({ event: 'recovered', what: 'archived' }))
    expect(await home.waitForResult('archived')).toEqual(before.archived)
    expect((await callsIn(home)).filter(({ run }) => run === before.archived.run_id)).toHaveLength(1)
  })

  test.each([
    ['between the record and the claim: the file is still queued, and runs once', 'recorded'],
    ['with a record that is torn: the run begins anew', 'torn'],
    ['with a record that is lost: the run begins anew', 'lost'],
  ])('%s', async (_what, id) => {
    const result = await home.waitForResult(id)
    expect(result).toMatchObject({ task_id: id, status: 'completed', attempts: [{ attempt: 1 }] })
    expect((await callsIn(home)).filter(({ run }) => run === result.run_id)).toHaveLength(1)
  })

  test('in the wait for a further attempt: the next start waits on, and the run can be cancelled', async () => {
    expect(planned.queued).toMatchObject([{ id: 'planned', waitsFor: expect.stringContaining(formatMoment(next)) }])
    expect(said.cancelled).toEqual({ code: 0, stdout: 'cancelled planned\n', stderr: '' })
    const result = await home.waitForResult('planned')
    expect(result).toMatchObject({ status: 'cancelled', attempts: [{ outcome: 'agent_crashed' }] })
    expect((await callsIn(home)).filter(({ run }) => run === result.run_id)).toEqual([])
  })

  test('a claimed file that cannot be read any more is turned away', async () => {
    expect(await home.stateOf('unreadable')).toBe('rejected')
  })

  test('retries without a daemon are done by the next one, also under an id that a task got because its own was taken', async () => {
    expect(said.retried).toMatchObject({ code: 0, stdout: 'same-2\n' })
    expect(said.retriedAll).toMatchObject({ code: 0, stdout: 'mendable\nsame\n' })
    expect(await home.waitForResult('same-2')).toMatchObject({ status: 'completed', source: { sha256: before.second.source.sha256 } })
    for (const id of ['mendable', 'same', 'same-2']) {
      expect(await home.waitForResult(id)).toMatchObject({ task_id: id, status: 'completed' })
      expect(tasksOf(await home.events(id), 'task_archived')).toEqual([id, id])
      expect(await readdir(home.paths.results)).toEqual(expect.arrayContaining([`${id}_result.1.json`, `${id}_result.json`]))
    }
  })

  test('nothing of all this holds up anything else, and the last run counts each by how it ended', async () => {
    expect([last.code, last.stdout.trimEnd().split('\n').at(-1)]).toEqual([1, '7 completed, 1 failed, 1 cancelled, 1 rejected'])
    expect(await readdir(home.paths.running)).toEqual([])
  })

  test('locks of processes that are no more, and one that is torn, are taken over without asking', async () => {
    expect(signalled.exited.stderr).toContain('daemon.json: its content is not what it should be; it counts as missing')
    for (const { stderr } of [graceOver.exited, killed.exited, last]) expect(stderr).toBe('')
    expect(await readdir(dirname(home.paths.lock))).not.toContain('daemon.json')
  })

  /** What there was of a task once its daemon had ended. */
  interface Ending {
    readonly exited: Finished
    readonly processes: readonly string[]
    readonly state: string | undefined
    readonly results: readonly string[]
  }

  /** Ends a daemon while the agent of that task is at work. */
  async function endOf(daemon: RunningOrchestrator, id: string, end: () => Promise<unknown>): Promise<Ending> {
    await end()
    const exited = await daemon.exited
    if (exited.signal === null) await untilProcesses(home)
    const results = (await readdir(home.paths.results)).filter((name) => name.startsWith(id))
    return { exited, processes: await home.processes(), state: await home.stateOf(id), results }
  }

  async function startWith(env: Readonly<Record<string, string>>): Promise<RunningOrchestrator> {
    const daemon = home.start(['start'], { env })
    await daemon.until(/watching/)
    return daemon
  }

  /** Gives the agent work without end, and waits until it has begun its session. */
  async function dropEndless(id: string, head: Readonly<Record<string, unknown>> = {}): Promise<void> {
    await home.drop(id, taskFile({ ...head, cwd: await directoryOf(id) }, 'Work.\nplay: until=doomsday sleeper=300'))
    await until(async () => expect(await readFile(join(home.paths.running, `${id}.run.json`), 'utf8')).toMatch(/"session_id": "/))
  }

  /** A directory for one task alone. */
  async function directoryOf(id: string): Promise<string> {
    await mkdir(join(home.work, id), { recursive: true })
    return id
  }

  async function leaveLock(holder: object | string): Promise<void> {
    await mkdir(dirname(home.paths.lock), { recursive: true })
    const text = typeof holder === 'string' ? holder : JSON.stringify({ ...holder, since: new Date().toISOString(), version: '0.0.1' })
    await writeFile(home.paths.lock, text)
  }

  async function leaveRecord(id: string, over: Partial<RunRecord> = {}): Promise<void> {
    const now = new Date()
    const record = { ...newRunRecord({ taskId: id, file: `${id}.task.md`, queued: now }, now), ...over }
    await writeFile(join(home.paths.running, `${id}.run.json`), JSON.stringify(record))
  }

  async function leaveRunning(id: string, text: string): Promise<void> {
    await writeFile(join(home.paths.running, `${id}.task.md`), text)
  }
})
