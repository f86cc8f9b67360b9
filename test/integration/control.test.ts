import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { access, copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { tellDaemon } from '../../src/control/client.ts'
import type { DaemonStatus } from '../../src/control/protocol.ts'
import { resultSchema } from '../../src/domain/result.ts'
import { newRunRecord, type RunRecord } from '../../src/domain/run.ts'
import { formatMoment } from '../../src/lib/moment.ts'
import { identify } from '../../src/lib/process-identity.ts'
import type { Home } from '../helpers/home.ts'
import { needs } from '../helpers/needs.ts'
import type { RunningOrchestrator } from '../helpers/process.ts'
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
    expect(await home.run(['pause'])).toMatchObject({ code: 0 })
    await home.drop('dropped', taskFile({}))
    await until(async () => expect(await statusOf(home)).toMatchObject({ queuedCount: 1, holds: [{ kind: 'paused' }] }))
    expect(await home.run(['cancel', 'dropped'])).toMatchObject({ code: 0 })

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
    expect(await home.run(['resume'])).toMatchObject({ code: 0 })
    await home.drop('after', taskFile({}))
    expect(await home.waitForResult('after')).toMatchObject({ status: 'completed' })
    expect(namesOf(await home.events())).toEqual(expect.arrayContaining(['paused', 'resumed']))
  })

  test('counts a cancelled task as such at the end of an unattended run, which is no success', async () => {
    await using other = await makeStandInHome({ files: { 'tasks/stop.task.md': taskFile({}, 'play: until=never') } })
    const summary = join(other.paths.home, 'step-summary.md')
    const running = other.start(['start', '--once'], { env: { GITHUB_STEP_SUMMARY: summary } })
    await until(async () => expect(await callsIn(other)).toHaveLength(1))
    expect(await other.run(['cancel', 'stop'])).toMatchObject({ code: 0 })
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
      expect(await home.run(['cancel', id])).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(message) })
    expect(await home.waitForResult('ended')).toEqual(result)
  })

  test('retries a failed task under its id, and the earlier result is kept', async () => {
    await home.drop('mended', taskFile({ cwd: 'not-yet' }))
    const first = await home.waitForResult('mended')
    await mkdir(join(home.work, 'not-yet'))

    expect(await home.run(['retry', 'mended'])).toMatchObject({ code: 0, stdout: 'mended\n' })

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
    expect(await home.run(['retry', 'mended'])).toMatchObject({ code: 0 })
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
  expect(await home.run(['pause'])).toMatchObject({ code: 0 })

  expect(await home.run(['start', '--once'])).toMatchObject({ code: 75 })
  const daemon = await startDaemon(home)
  expect(await statusOf(home)).toMatchObject({ holds: [{ kind: 'paused' }], running: [], queuedCount: 1 })
  expect(await daemon.stop()).toMatchObject({ code: 0 })

  expect(await home.run(['resume'])).toMatchObject({ code: 0 })
  expect(await home.run(['start', '--once'])).toMatchObject({ code: 0 })
  expect(await home.stateOf('one')).toBe('processed')
})

test('a retry without a daemon is done by the next one', async () => {
  await using home = await makeStandInHome({
    files: { 'tasks/one.task.md': taskFile({ cwd: 'not-yet' }), 'tasks/two.task.md': taskFile({}) },
  })
  expect(await home.run(['start', '--once'])).toMatchObject({ code: 1 })
  await mkdir(join(home.work, 'not-yet'))

  expect(await home.run(['retry', '--all-failed'])).toMatchObject({ code: 0, stdout: 'one\n' })

  expect(await home.run(['start', '--once'])).toMatchObject({ code: 0 })
  expect(tasksOf(await home.events(), 'task_archived').sort()).toEqual(['one', 'one', 'two'])
  expect((await readdir(home.paths.results)).sort()).toEqual(['one_result.1.json', 'one_result.json', 'two_result.json'])
})

test('a retry keeps the id that a task got because its own was taken', async () => {
  const late = (prompt: string) => taskFile({ id: 'same', cwd: 'not-yet' }, prompt)
  await using home = await makeStandInHome({ files: { 'tasks/one.task.md': late('One.'), 'tasks/two.task.md': late('Two.') } })
  expect(await home.run(['start', '--once'])).toMatchObject({ code: 1 })
  await mkdir(join(home.work, 'not-yet'))
  const { source } = await home.waitForResult('same-2')

  expect(await home.run(['retry', 'same-2'])).toMatchObject({ code: 0, stdout: 'same-2\n' })
  expect(await home.run(['start', '--once'])).toMatchObject({ code: 0 })

  expect(await home.waitForResult('same-2')).toMatchObject({ status: 'completed', source: { sha256: source.sha256 } })
  expect((await readdir(home.paths.results)).sort()).toEqual(['same-2_result.1.json', 'same-2_result.json', 'same_result.json'])
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

describe('the lock of a process that is no more is taken over without asking', () => {
  const dead = () => spawnSync(process.execPath, ['-e', '']).pid
  test.concurrent.each([
    ['it is dead', () => ({ ...identify(process.pid), pid: dead() }), ''],
    ['its pid belongs to somebody else now', () => ({ ...identify(process.pid), started: 'earlier' }), ''],
    ['the machine was started anew since', () => ({ ...identify(process.pid), boot: 'another boot' }), ''],
    ['it is torn', () => '{"pid":', 'daemon.json: its content is not what it should be; it counts as missing'],
  ])('%s', async (_why, holder, told) => {
    await using home = await makeStandInHome({ files: { 'tasks/one.task.md': taskFile({}) } })
    await mkdir(dirname(home.paths.lock))
    const lock = holder()
    const text = typeof lock === 'string' ? lock : JSON.stringify({ ...lock, since: new Date().toISOString(), version: '0.0.1' })
    await writeFile(home.paths.lock, text)

    const { code, stderr } = await home.run(['start', '--once'])
    expect([code, told === '' ? stderr : stderr.includes(told)]).toEqual([0, told === '' ? '' : true])
    expect(await readdir(dirname(home.paths.lock))).not.toContain('daemon.json')
  })
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
      const files = Object.fromEntries(Array.from({ length: 2_000 }, (_, index) => [`tasks/t${index}.task.md`, taskFile({})]))
      await using home = await makeStandInHome({ files })
      await home.run(['pause'])
      const daemon = home.start(['start'])
      await until(() => access(home.paths.lock))
      process.kill(daemon.pid, signal)
      if (signal === 'SIGHUP') {
        await daemon.until(/watching/)
        process.kill(daemon.pid, 'SIGTERM')
      }

      expect(await daemon.exited).toMatchObject({ code: 0, signal: null, stdout: expect.stringMatching(/stopping/) })
      expect(await readdir(dirname(home.paths.lock))).not.toContain('daemon.json')
    },
  )

  const twice = async (daemon: RunningOrchestrator) => {
    process.kill(daemon.pid, 'SIGTERM')
    await daemon.until(/stopping/)
    process.kill(daemon.pid, 'SIGTERM')
  }
  const single = async (daemon: RunningOrchestrator) => process.kill(daemon.pid, 'SIGTERM')
  test.concurrent.each([
    ['a second signal', '30', twice],
    ['the end of the grace', '1', single],
  ])('%s interrupts what runs; it goes on in its session at the next start and has one result', async (_what, grace, end) => {
    await using home = await makeStandInHome({ env: { SHUTDOWN_GRACE_SEC: grace } })
    const daemon = await startDaemon(home)
    await home.drop('long', ENDLESS)
    await untilCalled(home, 1)
    await until(async () => expect(await readFile(join(home.paths.running, 'long.run.json'), 'utf8')).toMatch(/"session_id": "/))
    await end(daemon)

    expect(await daemon.exited).toMatchObject({ code: 130, signal: null })
    await untilProcesses(home)
    expect(await home.stateOf('long')).toBe('running')
    expect(await readdir(home.paths.results)).toEqual([])

    await expectOneResult(home)
  })

  test('by kill -9 leaves the agent, which the next start ends before it goes on', needs('posix'), async () => {
    await using home = await makeStandInHome()
    const daemon = await startDaemon(home)
    await home.drop('long', ENDLESS)
    await untilCalled(home, 1)
    await until(async () => expect(await readFile(join(home.paths.running, 'long.run.json'), 'utf8')).toMatch(/"session_id": "/))
    await daemon.stop('SIGKILL')
    expect(JSON.parse((await home.run(['list', '--json'])).stdout)).toMatchObject([{ id: 'long', state: 'running', agent: 'claude' }])
    expect((await home.run(['show', 'long'])).stdout).toContain(`\nagent     claude\nworks in  ${home.work}\n`)

    await expectOneResult(home)

    expect(await home.events('long')).toContainEqual(expect.objectContaining({ event: 'recovered', what: 'interrupted' }))
    await untilProcesses(home)
  })

  test('too often is a failure, not a loop', needs('posix'), async () => {
    await using home = await makeStandInHome({ env: { MAX_RETRIES: '0' } })
    const daemon = await startDaemon(home)
    await home.drop('long', ENDLESS)
    await untilCalled(home, 1)
    await daemon.stop('SIGKILL')

    expect(await home.run(['start', '--once'])).toMatchObject({ code: 1 })
    expect(await home.waitForResult('long')).toMatchObject({
      status: 'failed',
      failure: { code: 'interrupted_too_often' },
      attempts: [{ outcome: 'interrupted' }],
    })
    await untilProcesses(home)
  })

  test('between the result and the archive: the next start archives, and nothing runs again', async () => {
    await using home = await makeStandInHome({ files: { 'tasks/one.task.md': taskFile({}) } })
    await home.run(['start', '--once'])
    const { run_id } = await home.waitForResult('one')
    const now = new Date()
    const record = { ...newRunRecord({ taskId: 'one', file: 'one.task.md', queued: now }, now), run_id }
    await copyFile(join(home.paths.processed, 'one.task.md'), join(home.paths.running, 'one.task.md'))
    await writeFile(join(home.paths.running, 'one.run.json'), JSON.stringify(record))

    expect(await home.run(['start', '--once'])).toMatchObject({ code: 0 })

    expect(await readdir(home.paths.running)).toEqual([])
    expect(await home.events('one')).toContainEqual(expect.objectContaining({ event: 'recovered', what: 'archived' }))
    expect(await callsIn(home)).toHaveLength(1)
  })

  test('between the record and the claim: the file is still queued, and runs once', async () => {
    await using home = await makeStandInHome({ files: { 'tasks/one.task.md': taskFile({}) } })
    const now = new Date()
    await mkdir(home.paths.running, { recursive: true })
    await writeFile(
      join(home.paths.running, 'one.run.json'),
      JSON.stringify(newRunRecord({ taskId: 'one', file: 'one.task.md', queued: now }, now)),
    )

    expect(await home.run(['start', '--once'])).toMatchObject({ code: 0 })
    expect(await home.waitForResult('one')).toMatchObject({ task_id: 'one', attempts: [{ attempt: 1 }] })
    expect(await readdir(home.paths.running)).toEqual([])
  })

  test('in the wait for a further attempt: the next start waits on, and the run can be cancelled', async () => {
    await using home = await makeStandInHome()
    const attempt = { attempt: 1, started: new Date().toISOString(), finished: new Date().toISOString(), outcome: 'agent_crashed' }
    const nothing = { session_id: null, turns: 0, cost_usd: null, tokens: null, verify_ms: null }
    const next = new Date(Date.now() + 4 * 60_000).toISOString()
    await leaveRunning(home, taskFile({}), { attempts: [{ ...attempt, ...nothing }], next_attempt: next })
    await startDaemon(home)

    const planned = expect.stringContaining(formatMoment(next))
    expect(await statusOf(home)).toMatchObject({ running: [], queued: [{ id: 'one', waitsFor: planned }] })
    expect(await home.run(['cancel', 'one'])).toMatchObject({ code: 0 })
    expect(await home.waitForResult('one')).toMatchObject({ status: 'cancelled', attempts: [{ outcome: 'agent_crashed' }] })
    expect(await callsIn(home)).toEqual([])
  })

  test('with a record that is lost or torn: the run begins anew', async () => {
    await using home = await makeStandInHome()
    await leaveRunning(home, taskFile({}), {})
    await writeFile(join(home.paths.running, 'one.run.json'), '{"schema_ver')
    await writeFile(join(home.paths.running, 'two.task.md'), taskFile({}))

    expect(await home.run(['start', '--once'])).toMatchObject({ code: 0 })
    for (const id of ['one', 'two']) expect(await home.waitForResult(id)).toMatchObject({ status: 'completed', attempts: [{ attempt: 1 }] })
    expect(await readdir(home.paths.running)).toEqual([])
  })

  test('with a claimed file that cannot be read any more: it is turned away, and nothing else is held up', async () => {
    await using home = await makeStandInHome({ files: { 'tasks/good.task.md': taskFile({}) } })
    await leaveRunning(home, 'torn \0', {})

    expect(await home.run(['start', '--once'])).toMatchObject({ code: 1 })
    expect([await home.stateOf('one'), await home.stateOf('good')]).toEqual(['rejected', 'processed'])
    expect(await readdir(home.paths.running)).toEqual([])
  })

  /** What a killed daemon left of a run of `one`. */
  async function leaveRunning(home: Home, text: string, over: Partial<RunRecord>): Promise<void> {
    const now = new Date()
    const record = { ...newRunRecord({ taskId: 'one', file: 'one.task.md', queued: now }, now), ...over }
    await mkdir(home.paths.running, { recursive: true })
    await writeFile(join(home.paths.running, 'one.run.json'), JSON.stringify(record))
    await writeFile(join(home.paths.running, 'one.task.md'), text)
  }

  /** The interrupted run of `long` goes on to its one result. */
  async function expectOneResult(home: Home): Promise<void> {
    expect(await home.run(['start', '--once'])).toMatchObject({ code: 0 })
    const result = await home.waitForResult('long')
    expect(result).toMatchObject({
      status: 'completed',
      title: 'Work.',
      attempts: [
        { attempt: 1, outcome: 'interrupted' },
        { attempt: 2, outcome: 'completed' },
      ],
    })
    expect(await readdir(home.paths.results)).toEqual(['long_result.json'])
    expect(tasksOf(await home.events(), 'task_archived')).toEqual(['long'])
    const [first, second] = await callsIn(home)
    expect(second?.run).toBe(first?.run)
    expect(second && optionOf(second, '--resume')).toBe(result.attempts[0]?.session_id)
    expect(second?.stdin).toContain('You were interrupted')
  }
})
