import { readdir, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { tellDaemon } from '../../src/control/client.ts'
import { fakeClock } from '../helpers/fake-clock.ts'
import type { Home } from '../helpers/home.ts'
import { needs } from '../helpers/needs.ts'
import type { ProcessOptions, RunningOrchestrator } from '../helpers/process.ts'
import { EACCES, ENOSPC, EROFS, type Refusal } from '../helpers/refusing-disk.ts'
import { callsIn, makeStandInHome, namesOf, release, taskFile } from '../helpers/stand-in.ts'
import { until } from '../helpers/until.ts'

const REFUSALS = [
  {
    code: 'EACCES',
    refusal: EACCES,
    needed: needs('posix'),
    queued: ['tasks', 'tasks/running'],
    rejected: 'tasks/rejected',
    done: ['results', 'summaries', 'tasks/processed', 'tasks/failed'],
    started: ['.orchestrator'],
  },
  {
    code: 'EROFS',
    refusal: EROFS,
    needed: needs('posix', 'small disk'),
    queued: ['tasks', 'tasks/running'],
    rejected: 'tasks/rejected',
    done: ['results', 'summaries', 'tasks/processed', 'tasks/failed', '.'],
    started: ['.orchestrator', 'tasks/running'],
  },
  {
    // All of tasks/ is one file system, and to move a file within it takes no room.
    code: 'ENOSPC',
    refusal: ENOSPC,
    needed: needs('posix', 'small disk'),
    queued: ['tasks'],
    rejected: 'tasks',
    done: ['results', 'summaries'],
    started: ['.orchestrator'],
  },
]

describe.each(REFUSALS)('$code', ({ code, refusal, needed, queued, rejected, done, started }) => {
  describe.concurrent('in a directory that tasks go through', needed, () => {
    test.each(queued)('%s: a queued task stays where it is until it can be claimed', async (name) => {
      await using home = await makeStandInHome()
      await using daemon = await daemonBefore(refusal, home, name)
      await tell(home, 'pause')
      await home.drop('held', taskFile({}))
      await until(async () => expect(await tell(home, 'status')).toMatchObject({ queuedCount: 1 }))
      await using refusing = await refusal.strike(daemon.directory)
      await tell(home, 'resume')

      await expectStorageHold(home, code)
      expect(await home.stateOf('held')).toBe('queued')
      await refusing[Symbol.asyncDispose]()

      await expectDoneOnce(home, 'held')
      await expectToGoOn(home)
    })

    test.each(done)('%s: finished work is kept until it can be stored', async (name) => {
      const fails = name === 'tasks/failed'
      await using home = await makeStandInHome()
      await using daemon = await daemonBefore(refusal, home, name)
      await dropAtWork(home, 'kept', fails ? 'status=400' : '')
      await using refusing = await refusal.strike(daemon.directory)
      await release(home, 'kept')

      await expectStorageHold(home, `${code}|EXDEV`)
      expect(await home.stateOf('kept')).toBe('running')
      await refusing[Symbol.asyncDispose]()

      await expectDoneOnce(home, 'kept', fails ? 'failed' : 'completed')
      await expectToGoOn(home)
    })

    test(`${rejected}: a file that is no task stays where it is until it can be rejected`, async () => {
      await using home = await makeStandInHome()
      await using daemon = await daemonBefore(refusal, home, rejected)
      await writeFile(join(home.paths.tasks, '.staged'), 'No \0 task.')
      await using refusing = await refusal.strike(daemon.directory)
      await rename(join(home.paths.tasks, '.staged'), join(home.paths.tasks, 'bad.task.md'))

      await waitForLog(home, new RegExp(`a file in tasks/ cannot be dealt with; trying again file=bad.task.md[^]*${code}`))
      expect(await home.stateOf('bad')).toBe('queued')
      await refusing[Symbol.asyncDispose]()

      await until(async () => expect(await home.stateOf('bad')).toBe('rejected'))
      await expectToGoOn(home)
    })
  })

  describe.concurrent('in a directory that tasks can do without', needed, () => {
    test('logs: tasks are done, and what cannot be logged is told', async () => {
      await using home = await makeStandInHome()
      await using daemon = await daemonBefore(refusal, home, 'logs')
      await using refusing = await refusal.strike(daemon.directory)
      await using _runs = refusal === EACCES ? await refusal.strike(home.paths.runs) : refusing
      const ids = ['unlogged-1', 'unlogged-2', 'unlogged-3', 'unlogged-4', 'unlogged-5']
      for (const id of ids) await home.drop(id, taskFile({ type: 'analyze' }))

      for (const id of ids) {
        const { warnings } = await home.waitForResult(id)
        expect(warnings).toEqual([expect.stringMatching(`^The transcript is incomplete: ${code}`)])
      }
      await refusing[Symbol.asyncDispose]()

      await expectToGoOn(home)
      if (refusal === ENOSPC) await waitForLog(home, /events\.ndjson cannot be written: ENOSPC/)
      for (const id of [...ids, 'next']) {
        await until(async () => expect(namesOf(await home.events(id)).at(-1), id).toBe('task_archived'))
      }
    })

    test('.orchestrator: tasks are done, and what cannot be remembered is told', async () => {
      await using home = await makeStandInHome()
      await using daemon = await daemonBefore(refusal, home, '.orchestrator')
      await using refusing = await refusal.strike(daemon.directory)

      await expect(tell(home, 'pause')).rejects.toMatchObject({ code: 'cannot_write', message: expect.stringMatching(code) })
      await home.drop('forgotten', taskFile({}))
      await expectDoneOnce(home, 'forgotten')
      await waitForLog(home, new RegExp(`what the next start should know cannot be written[^]*${code}`))
      expect(await daemon.stop()).toMatchObject({ code: 0, stderr: '' })
      await refusing[Symbol.asyncDispose]()

      await startDaemon(home, daemon.options)
      expect(await tell(home, 'pause')).toEqual({ paused: true })
      expect(await tell(home, 'resume')).toEqual({ paused: false })
      await expectToGoOn(home)
    })
  })

  describe.concurrent('at the start', needed, () => {
    test.each(started)('%s: it is told, and the next start goes on', async (name) => {
      await using home = await makeStandInHome()
      await using daemon = await daemonBefore(refusal, home, name)
      await dropAtWork(home, 'left')
      await daemon.stop('SIGKILL')
      await release(home, 'left')
      await using refusing = await refusal.strike(daemon.directory)

      const stderr = expect.stringMatching(new RegExp(`^error: ${code}.*\n.*Check the permissions and the free space of the home`))
      expect(await home.run(['start'], daemon.options)).toMatchObject({ code: 1, stderr })
      await refusing[Symbol.asyncDispose]()

      await startDaemon(home, daemon.options)
      expect(await home.waitForResult('left')).toMatchObject({ status: 'completed', attempts: [{ outcome: 'interrupted' }, {}] })
      await expectToGoOn(home)
    })
  })
})

describe.concurrent('a directory that goes away at work', needs('posix'), () => {
  const RESCANS = { env: { RESCAN_SEC: '1' } }

  test('logs: events go on in a new file', async () => {
    await using home = await makeStandInHome()
    await startDaemon(home)
    await dropAtWork(home, 'unseen')
    await takeAway(home.paths.logs)
    await release(home, 'unseen')

    expect(await home.waitForResult('unseen')).toMatchObject({ status: 'completed' })
    await expectToGoOn(home)
    await until(async () => expect(namesOf(await home.events('next')).at(-1)).toBe('task_archived'))
    expect(namesOf(await home.events('unseen'))).toEqual([
      'claude_finished',
      'summarized',
      'validated',
      'artifacts_written',
      'task_archived',
    ])
    await waitForLog(home, /\[next] task archived/)
  })

  test('results and summaries: they are made again', async () => {
    await using home = await makeStandInHome()
    await startDaemon(home)
    await dropAtWork(home, 'kept')
    for (const folder of [home.paths.results, home.paths.summaries]) await takeAway(folder)
    await release(home, 'kept')

    await expectDoneOnce(home, 'kept')
    await expectToGoOn(home)
  })

  test.each(['running', 'processed'] as const)('tasks/%s: it is made again at once, and nothing is told twice', async (name) => {
    await using home = await makeStandInHome({ env: { RESCAN_SEC: '3600' } })
    await startDaemon(home)
    await takeAway(home.paths[name])

    await expectToGoOn(home)
    await until(async () => expect(namesOf(await home.events('next')).at(-1)).toBe('task_archived'))
    const ending = ['summarized', 'validated', 'artifacts_written', 'task_archived']
    expect(namesOf(await home.events('next')).filter((name) => ending.includes(name))).toEqual(ending)
  })

  test('tasks: it is made again, what runs gets its result, and what would have to be tried again is told to be gone', async () => {
    await using home = await makeStandInHome(RESCANS)
    await startDaemon(home)
    await dropAtWork(home, 'survivor')
    await dropAtWork(home, 'retried', 'status=500 first=1')
    await takeAway(home.paths.tasks)
    for (const id of ['survivor', 'retried']) await release(home, id)

    await waitForLog(home, /tasks\/ was replaced by another directory; watching that one now/)
    await waitForLog(home, /\[retried] the file or the record of this run is gone from tasks\/running\//)
    await expectToGoOn(home)
    expect((await readdir(home.paths.results)).sort()).toEqual(['next_result.json', 'survivor_result.json'])
  })

  test('.orchestrator: the home stays held, and the daemon can be told', async () => {
    await using home = await makeStandInHome()
    const { pid } = await startDaemon(home)
    await takeAway(home.paths.state)

    await until(async () => expect(await tell(home, 'status')).toMatchObject({ pid }))
    expect(await home.run(['start'])).toMatchObject({ code: 1, stderr: expect.stringContaining(`process ${pid}`) })
    await waitForLog(home, /\.orchestrator\/daemon\.json was deleted and is made again/)
    await expectToGoOn(home)
  })

  test('the control socket: it is made again', async () => {
    await using home = await makeStandInHome()
    const { pid } = await startDaemon(home)
    await rm(home.paths.socket)

    await until(async () => expect(await tell(home, 'status')).toMatchObject({ pid }))
    await waitForLog(home, /the control socket was deleted and is made again/)
    await expectToGoOn(home)
  })
})

describe.concurrent('a limit of file watches that is reached', needs('posix', 'user namespace'), () => {
  test.each([
    ['max_inotify_instances', 'EMFILE'],
    ['max_inotify_watches', 'ENOSPC'],
  ])('%s: tasks/ is polled instead, and the log says so', async (limit, code) => {
    await using home = await makeStandInHome({ env: { RESCAN_SEC: '3600' } })
    const node = join(home.work, '../limited-node')
    // Limits of a user namespace of its own, so that nobody else meets them.
    const inNamespace = `echo 0 >/proc/sys/user/${limit}; exec node "$@"`
    await writeFile(node, `#!/bin/sh\nexec unshare --user --map-root-user sh -c '${inNamespace}' sh "$@"\n`, { mode: 0o755 })
    await startDaemon(home, { node })

    await expectToGoOn(home)
    await waitForLog(home, new RegExp(`the system's limit of file watches is reached \\(${code}\\): polling tasks/ instead`))
  })
})

describe.concurrent('a clock that is set', needs('posix', 'faketime'), () => {
  const HOUR_SEC = 3_600

  test.each([
    ['back', -HOUR_SEC],
    ['forward', HOUR_SEC],
  ])('%s at work: times stay sensible, and files that seem to come from another time are taken', async (_where, seconds) => {
    await using home = await makeStandInHome({ env: { TASK_SETTLE_MS: '500' } })
    const clock = await fakeClock(join(home.work, '../clock'))
    await startDaemon(home, { env: clock.env })
    await dropAtWork(home, 'worker')
    await home.drop('unsettled', taskFile({ type: 'analyze', created: '2999-01-01T00:00:00Z' }))
    await clock.set(seconds)
    for (const [id, year] of [
      ['future', 2099],
      ['past', 1980],
    ] as const) {
      const time = new Date(year, 0)
      await home.drop(`.${id}`, taskFile({ type: 'analyze', not_before: '1980-01-01' }))
      await utimes(join(home.paths.tasks, `.${id}.task.md`), time, time)
      await rename(join(home.paths.tasks, `.${id}.task.md`), join(home.paths.tasks, `${id}.task.md`))
    }
    await release(home, 'worker')

    for (const id of ['unsettled', 'future', 'past']) expect(await home.waitForResult(id)).toMatchObject({ status: 'completed' })
    const { timings } = await home.waitForResult('worker')
    expect(Math.min(timings.waited_ms, timings.worked_ms)).toBeGreaterThanOrEqual(0)
    await expectToGoOn(home)
    const durations = (await home.events()).flatMap((event) => ('duration_ms' in event ? [event.duration_ms] : []))
    expect(durations.filter((ms) => ms < 0 || ms > (HOUR_SEC * 1000) / 2)).toEqual([])
  })

  test('back while a further attempt is planned: it is made all the same, also by the next daemon', async () => {
    await using home = await makeStandInHome()
    const clock = await fakeClock(join(home.work, '../clock'))
    await clock.set(2 * HOUR_SEC)
    const { stop } = await startDaemon(home, { env: clock.env })
    await home.drop('retried', taskFile({ type: 'analyze' }, 'play: status=500 first=1'))
    await until(async () => expect(namesOf(await home.events('retried'))).toContain('retry'))
    await stop('SIGKILL')
    await clock.set(0)
    await startDaemon(home, { env: clock.env })
    // The wait may be so short that the kill met the second attempt; then there is a third.
    const { status, attempts } = await home.waitForResult('retried')
    expect([status, attempts[0]?.outcome, attempts.at(-1)?.outcome]).toEqual(['completed', 'api_error', 'completed'])
  })

  test('forward while nothing runs: a planned attempt is made', async () => {
    await using home = await makeStandInHome()
    const clock = await fakeClock(join(home.work, '../clock'))
    const { stop } = await startDaemon(home, { env: clock.env })
    await home.drop('retried', taskFile({ type: 'analyze' }, 'play: status=500 first=1'))
    await until(async () => expect(namesOf(await home.events('retried'))).toContain('retry'))
    await stop('SIGKILL')
    await clock.set(HOUR_SEC)
    await startDaemon(home, { env: clock.env })

    expect(await home.waitForResult('retried')).toMatchObject({ status: 'completed' })
    await expectToGoOn(home)
  })
})

/** A daemon on a home one of whose directories will refuse. Disposing undoes what was prepared; the home stops the daemon. */
interface Threatened extends RunningOrchestrator {
  readonly directory: string
  /** How to start another one. */
  readonly options: ProcessOptions
}

async function daemonBefore(refusal: Refusal, home: Home, name: string): Promise<Threatened> {
  const directory = join(home.paths.home, name)
  const prepared = await refusal.prepare(home, directory)
  const daemon = await startDaemon(home, prepared.options)
  return { ...daemon, ...prepared, directory }
}

async function startDaemon(home: Home, options?: ProcessOptions): Promise<RunningOrchestrator> {
  const daemon = home.start(['start'], options)
  await daemon.until(/watching/)
  return daemon
}

function tell(home: Home, verb: 'pause' | 'resume' | 'status') {
  return tellDaemon(home.paths, verb, {})
}

/** Drops a task and waits until its agent is at work, which it is until the test releases it. */
async function dropAtWork(home: Home, id: string, play = ''): Promise<void> {
  await home.drop(id, taskFile({ type: 'analyze' }, `play: until=${id} ${play}`))
  await until(async () => expect((await callsIn(home)).some(({ stdin }) => stdin.includes(`until=${id}`))).toBe(true))
}

async function waitForLog(home: Home, words: RegExp): Promise<void> {
  await until(async () => expect(await readFile(home.paths.log, 'utf8')).toMatch(words))
}

async function expectStorageHold(home: Home, code: string): Promise<void> {
  const hold = { kind: 'storage', reason: expect.stringMatching(code) }
  await until(async () => expect(await tell(home, 'status')).toMatchObject({ holds: [hold] }))
  await waitForLog(home, new RegExp(`the home cannot be written; nothing is started until it can[^]*(${code})`))
}

async function expectDoneOnce(home: Home, id: string, status: 'completed' | 'failed' = 'completed'): Promise<void> {
  expect(await home.waitForResult(id)).toMatchObject({ status, attempts: [{ attempt: 1 }] })
  const steps = async () => namesOf(await home.events(id)).filter((name) => name === 'claude_started' || name === 'task_archived')
  await until(async () => expect(await steps()).toEqual(['claude_started', 'task_archived']))
}

/** What every fault has to leave behind: a daemon that does the next task. */
async function expectToGoOn(home: Home): Promise<void> {
  await home.drop('next', taskFile({ type: 'analyze' }))
  expect(await home.waitForResult('next')).toMatchObject({ status: 'completed' })
  await until(async () => expect(await readdir(home.paths.running)).toEqual([]))
}

/** Deletes a directory, again where the daemon was quick enough to put something into it meanwhile. */
function takeAway(directory: string): Promise<void> {
  return rm(directory, { recursive: true, maxRetries: 20, retryDelay: 10 })
}
