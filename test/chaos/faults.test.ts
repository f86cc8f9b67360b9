import { execFile } from 'node:child_process'
import { chmod, mkdir, readdir, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test, vi } from 'vitest'
import { tellDaemon } from '../../src/control/client.ts'
import type { Home } from '../helpers/home.ts'
import { needs } from '../helpers/needs.ts'
import type { ProcessOptions, RunningOrchestrator } from '../helpers/process.ts'
import { EACCES, ENOSPC, EROFS, type Refusal } from '../helpers/refusing-disk.ts'
import { callsIn, makeStandInHome, namesOf, release, taskFile } from '../helpers/stand-in.ts'

const run = promisify(execFile)
const PATIENCE = { timeout: 12_000, interval: 25 }

// All of tasks/ is one file system, and to move a file within it takes no room.
const REFUSALS = [
  { code: 'EACCES', refusal: EACCES, needed: needs('posix'), queued: ['tasks', 'tasks/running'], done: ['processed'] },
  { code: 'EROFS', refusal: EROFS, needed: needs('posix', 'small disk'), queued: ['tasks', 'tasks/running'], done: ['processed'] },
  { code: 'ENOSPC', refusal: ENOSPC, needed: needs('posix', 'small disk'), queued: ['tasks'], done: [] },
]

describe.each(REFUSALS)('$code', ({ code, refusal, needed, queued, done }) => {
  describe.concurrent('in a directory that tasks go through', needed, () => {
    test.each(queued)('%s: a queued task stays where it is until it can be claimed', async (name) => {
      await using home = await makeStandInHome()
      await using daemon = await daemonBefore(refusal, home, name)
      await tell(home, 'pause')
      await home.drop('held', taskFile({}))
      await vi.waitFor(async () => expect(await tell(home, 'status')).toMatchObject({ queuedCount: 1 }), PATIENCE)
      await using refusing = await refusal.strike(daemon.directory)
      await tell(home, 'resume')

      await expectStorageHold(home, code)
      expect(await home.stateOf('held')).toBe('queued')
      await refusing[Symbol.asyncDispose]()

      await expectDoneOnce(home, 'held')
      await expectToGoOn(home)
    })

    test.each(['results', 'summaries', ...done.map((name) => `tasks/${name}`)])(
      '%s: finished work is kept until it can be stored',
      async (name) => {
        await using home = await makeStandInHome()
        await using daemon = await daemonBefore(refusal, home, name)
        await dropAtWork(home, 'kept')
        await using refusing = await refusal.strike(daemon.directory)
        await release(home, 'kept')

        await expectStorageHold(home, `${code}|EXDEV`)
        expect(await home.stateOf('kept')).toBe('running')
        await refusing[Symbol.asyncDispose]()

        await expectDoneOnce(home, 'kept')
        await expectToGoOn(home)
      },
    )

    test.skipIf(done.length === 0)('tasks/failed: a failed task is kept until it can be stored', async () => {
      await using home = await makeStandInHome()
      await using daemon = await daemonBefore(refusal, home, 'tasks/failed')
      await dropAtWork(home, 'kept', 'status=400')
      await using refusing = await refusal.strike(daemon.directory)
      await release(home, 'kept')

      await expectStorageHold(home, `${code}|EXDEV`)
      await refusing[Symbol.asyncDispose]()

      expect(await home.waitForResult('kept')).toMatchObject({ status: 'failed', attempts: [{}] })
      await expectToGoOn(home)
    })

    test('tasks/rejected: a file that is no task stays where it is until it can be rejected', async () => {
      await using home = await makeStandInHome()
      await using daemon = await daemonBefore(refusal, home, refusal === ENOSPC ? 'tasks' : 'tasks/rejected')
      await writeFile(join(home.paths.tasks, '.staged'), 'No \0 task.')
      await using refusing = await refusal.strike(daemon.directory)
      await rename(join(home.paths.tasks, '.staged'), join(home.paths.tasks, 'bad.task.md'))

      await waitForLog(home, new RegExp(`a file in tasks/ cannot be dealt with; trying again file=bad.task.md[^]*${code}`))
      expect(await home.stateOf('bad')).toBe('queued')
      await refusing[Symbol.asyncDispose]()

      await vi.waitFor(async () => expect(await home.stateOf('bad')).toBe('rejected'), PATIENCE)
      await expectToGoOn(home)
    })
  })

  describe.concurrent('in a directory that tasks do without', needed, () => {
    test('logs: tasks are done, and what was not logged is told', async () => {
      await using home = await makeStandInHome()
      await using daemon = await daemonBefore(refusal, home, 'logs')
      await using refusing = await refusal.strike(daemon.directory)
      await using _runs = refusal === EACCES ? await refusal.strike(home.paths.runs) : refusing
      await home.drop('unlogged', taskFile({}))

      const { warnings } = await home.waitForResult('unlogged')
      expect(warnings).toEqual([expect.stringMatching(`^The transcript is incomplete: ${code}`)])
      if (refusal === ENOSPC) await daemon.until(/events\.ndjson cannot be written: ENOSPC/)
      await refusing[Symbol.asyncDispose]()

      await expectToGoOn(home)
      await vi.waitFor(async () => expect(namesOf(await home.events('unlogged')).at(-1)).toBe('task_archived'), PATIENCE)
      await vi.waitFor(async () => expect(namesOf(await home.events('next')).at(-1)).toBe('task_archived'), PATIENCE)
    })

    test('.orchestrator: tasks are done, and what cannot be remembered is told', async () => {
      await using home = await makeStandInHome()
      await using daemon = await daemonBefore(refusal, home, '.orchestrator')
      await using refusing = await refusal.strike(daemon.directory)

      await expect(tell(home, 'pause')).rejects.toMatchObject({ code: 'cannot_write', message: expect.stringMatching(code) })
      await home.drop('forgotten', taskFile({}))
      await expectDoneOnce(home, 'forgotten')
      await waitForLog(home, new RegExp(`what the next start should know cannot be written[^]*${code}`))
      await refusing[Symbol.asyncDispose]()

      expect(await tell(home, 'pause')).toEqual({ paused: true })
      expect(await tell(home, 'resume')).toEqual({ paused: false })
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
    await rm(home.paths.logs, { recursive: true })
    await release(home, 'unseen')

    expect(await home.waitForResult('unseen')).toMatchObject({ status: 'completed' })
    await expectToGoOn(home)
    await vi.waitFor(async () => expect(namesOf(await home.events('next')).at(-1)).toBe('task_archived'), PATIENCE)
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
    for (const folder of [home.paths.results, home.paths.summaries]) await rm(folder, { recursive: true })
    await release(home, 'kept')

    await expectDoneOnce(home, 'kept')
    await expectToGoOn(home)
  })

  test.each(['running', 'processed'] as const)('tasks/%s: it is made again', async (name) => {
    await using home = await makeStandInHome(RESCANS)
    await startDaemon(home)
    await rm(home.paths[name], { recursive: true })

    await expectToGoOn(home)
  })

  test('tasks: it is made again, and what runs still gets its result', async () => {
    await using home = await makeStandInHome(RESCANS)
    await startDaemon(home)
    await dropAtWork(home, 'survivor')
    await dropAtWork(home, 'retried', 'status=500 first=1')
    await rm(home.paths.tasks, { recursive: true })
    for (const id of ['survivor', 'retried']) await release(home, id)

    await waitForLog(home, /tasks\/ was replaced by another directory; watching that one now/)
    await expectToGoOn(home)
    const results = async () => (await readdir(home.paths.results)).sort()
    await vi.waitFor(
      async () => expect(await results()).toEqual(['next_result.json', 'retried_result.json', 'survivor_result.json']),
      PATIENCE,
    )
  })

  test('.orchestrator: the home stays held and the daemon can be told', async () => {
    await using home = await makeStandInHome()
    const { pid } = await startDaemon(home)
    await rm(home.paths.state, { recursive: true })

    await vi.waitFor(async () => expect(await tell(home, 'status')).toMatchObject({ pid }), PATIENCE)
    expect(await home.run(['start'])).toMatchObject({ code: 75, stderr: expect.stringContaining(`process ${pid}`) })
    await waitForLog(home, /daemon\.json/)
    await expectToGoOn(home)
  })

  test('the control socket: it is made again', async () => {
    await using home = await makeStandInHome()
    const { pid } = await startDaemon(home)
    await rm(home.paths.socket)

    await vi.waitFor(async () => expect(await tell(home, 'status')).toMatchObject({ pid }), PATIENCE)
    await waitForLog(home, /control\.sock/)
    await expectToGoOn(home)
  })
})

/** Starts a daemon on a home one of whose directories will refuse. */
async function daemonBefore(
  refusal: Refusal,
  home: Home,
  name: string,
): Promise<AsyncDisposable & RunningOrchestrator & { readonly directory: string }> {
  const directory = join(home.paths.home, name)
  const prepared = await refusal.prepare(home, directory)
  const daemon = await startDaemon(home, prepared.options)
  return { ...daemon, directory, [Symbol.asyncDispose]: () => prepared[Symbol.asyncDispose]() }
}

async function startDaemon(home: Home, options?: ProcessOptions): Promise<RunningOrchestrator> {
  const daemon = home.start(['start'], options)
  await daemon.until(/watching/)
  return daemon
}

function tell(home: Home, verb: 'pause' | 'resume' | 'status') {
  return tellDaemon(home.paths.socket, verb, {})
}

/** Drops a task and waits until its agent is at work, which it is until the test releases it. */
async function dropAtWork(home: Home, id: string, play = ''): Promise<void> {
  await home.drop(id, taskFile({ type: 'analyze' }, `play: until=${id} ${play}`))
  await vi.waitFor(async () => expect((await callsIn(home)).some(({ stdin }) => stdin.includes(`until=${id}`))).toBe(true), PATIENCE)
}

async function waitForLog(home: Home, words: RegExp): Promise<void> {
  await vi.waitFor(async () => expect(await readFile(home.paths.log, 'utf8')).toMatch(words), PATIENCE)
}

async function expectStorageHold(home: Home, code: string): Promise<void> {
  const hold = { kind: 'storage', reason: expect.stringMatching(code) }
  await vi.waitFor(async () => expect(await tell(home, 'status')).toMatchObject({ holds: [hold] }), PATIENCE)
  await waitForLog(home, new RegExp(`the home cannot be written; nothing is started until it can[^]*(${code})`))
}

async function expectDoneOnce(home: Home, id: string): Promise<void> {
  expect(await home.waitForResult(id)).toMatchObject({ status: 'completed', attempts: [{ outcome: 'completed' }] })
  const steps = async () => namesOf(await home.events(id)).filter((name) => name === 'claude_started' || name === 'task_archived')
  await vi.waitFor(async () => expect(await steps()).toEqual(['claude_started', 'task_archived']), PATIENCE)
}

/** What every fault has to leave behind: a daemon that does the next task. */
async function expectToGoOn(home: Home): Promise<void> {
  await home.drop('next', taskFile({ type: 'analyze' }))
  expect(await home.waitForResult('next')).toMatchObject({ status: 'completed' })
  await vi.waitFor(async () => expect(await readdir(home.paths.running)).toEqual([]), PATIENCE)
}
