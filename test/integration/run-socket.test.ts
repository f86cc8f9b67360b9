import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runPaths } from '../../src/config/home.ts'
import { tellDaemon } from '../../src/control/client.ts'
import type { OwnerVerbs } from '../../src/control/protocol.ts'
import { makeAskerHome, saidIn, untilParked } from '../helpers/asker.ts'
import type { Home } from '../helpers/home.ts'
import { needs } from '../helpers/needs.ts'
import { runHere } from '../helpers/run-here.ts'
import { type Call, callsIn, release, taskFile } from '../helpers/stand-in.ts'
import { until } from '../helpers/until.ts'

const POST = resolve(import.meta.dirname, '../fixtures/agents/post.js')

/** A read-only task whose agent does these lines. */
function doing(...lines: readonly string[]): string {
  return taskFile({ type: 'analyze' }, ['Work.', ...lines].join('\n'))
}

/** The first call of the agent whose prompt says this. */
function callOf(home: Home, words: string): Promise<Call> {
  return until(async () => {
    const call = (await callsIn(home)).find(({ stdin }) => stdin.includes(words))
    expect(call).toBeDefined()
    return call as Call
  })
}

describe('the socket of a run', needs('posix'), () => {
  let home: Home
  let victim: Call
  beforeAll(async () => {
    // Without a mount namespace nothing but the sockets themselves keeps agents apart.
    home = await makeAskerHome({ env: { PROCESS_FENCE: 'sweep' }, programs: { post: POST } })
    await home.start(['start']).until(/watching/)
    await home.drop('victim', doing('until: victim'))
    victim = await callOf(home, 'until: victim')
    await home.drop('asks', doing('$ orchestrator ask "Which?" --option good --option bad'))
    await untilParked(home, 'asks')
    await home.drop('ended', doing())
    await home.waitForResult('ended')
  })
  afterAll(async () => {
    await release(home, 'victim')
    expect(await home.waitForResult('victim')).toMatchObject({ status: 'completed' })
    await until(async () => expect(await readdir(home.paths.run)).toEqual([]))
    await home[Symbol.asyncDispose]()
  })

  test('is another than that of the daemon, one a run, with the program beside it', async () => {
    await home.drop('looks', doing('$ ls -A "$(dirname "$ORCHESTRATOR_SOCKET")"', '$ command -v orchestrator'))
    await home.waitForResult('looks')
    const { env, run = '' } = await callOf(home, 'ls -A')
    const paths = runPaths(home.paths, run)
    expect(env.ORCHESTRATOR_SOCKET).toBe(paths.socket)
    expect(victim.env.ORCHESTRATOR_SOCKET).not.toBe(paths.socket)
    expect((await saidIn(home)).slice(-2)).toMatchObject([
      { stdout: 'bin\ncontrol.sock\n' },
      { stdout: `${join(paths.launchers, 'orchestrator')}\n` },
    ])
    expect((await stat(home.paths.run)).mode & 0o777).toBe(0o700)
    expect(await readdir(home.paths.run)).toEqual([basename(runPaths(home.paths, victim.run ?? '').directory)])
  })

  test('takes no verb of the owner, whichever task it names', async () => {
    const ownId = 'agent'
    const bodies: Record<keyof OwnerVerbs, object> = {
      reload: {},
      answer: { taskId: 'asks', text: 'bad' },
      cancel: { id: 'victim' },
      pause: {},
      resume: {},
      create: { prompt: 'Do more.' },
      submit: { markdown: 'Do more.', name: 'more.task.md', origin: 'agent' },
      status: {},
      list: {},
      show: { id: 'ended' },
      progress: { id: 'victim' },
      why: { id: 'victim' },
      retry: { id: 'ended' },
    }
    const own = { ...bodies, answer: { taskId: ownId, text: 'bad' }, cancel: { id: ownId }, show: { id: ownId }, retry: { id: ownId } }
    const requests = [bodies, own].flatMap((all) => Object.entries(all))
    await home.drop(ownId, doing(`$ post ${requests.map(([verb, body]) => `${verb} '${JSON.stringify(body)}'`).join(' ')}`))
    expect(await home.waitForResult(ownId)).toMatchObject({ status: 'completed' })

    const answers = (await saidIn(home)).at(-1)?.stdout.trim().split('\n') ?? []
    expect(answers).toHaveLength(requests.length)
    for (const [index, answer] of answers.entries())
      expect(JSON.parse(answer), requests[index]?.[0]).toMatchObject({ ok: false, error: { code: 'not_permitted' } })
    expect(await tellDaemon(home.paths, 'status', {})).toMatchObject({
      holds: [],
      running: [{ id: 'victim' }],
      queued: [],
      waiting: [{ id: 'asks' }],
    })
    expect(await home.stateOf('ended')).toBe('processed')
    expect((await home.events()).map(({ event }) => event)).not.toContain('paused')
  })

  test('takes no word with the token of another run, and neither does the socket of that run with its own', async () => {
    const theirs = `ORCHESTRATOR_RUN_ID=${victim.run} ORCHESTRATOR_RUN_TOKEN=${victim.env.ORCHESTRATOR_RUN_TOKEN}`
    const attacks = [
      `$ ${theirs} orchestrator ask "Yours?"`,
      `$ ${theirs} orchestrator respond "I am the victim."`,
      `$ ORCHESTRATOR_RUN_TOKEN=${victim.env.ORCHESTRATOR_RUN_TOKEN} orchestrator respond "Half."`,
      `$ ORCHESTRATOR_SOCKET=${victim.env.ORCHESTRATOR_SOCKET} orchestrator respond "I am the victim."`,
      `$ ORCHESTRATOR_RUN_ID=${victim.run} orchestrator ask "Yours?"`,
    ]
    await home.drop('thief', doing(...attacks))
    await home.waitForResult('thief')

    const said = (await saidIn(home)).slice(-attacks.length)
    for (const { line, ...outcome } of said)
      expect(outcome, line).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(/with this token/) })
    expect((await home.events('victim')).map(({ event }) => event)).not.toContain('noted')
    expect((await home.events('victim')).map(({ event }) => event)).not.toContain('asked')
  })

  test("is the only one that knows `ask` and `respond`: the owner's refuses them to every run", async () => {
    const { run: runId = '', env } = victim
    const from = { runId, token: env.ORCHESTRATOR_RUN_TOKEN ?? '' }
    await expect(tellDaemon(home.paths, 'respond', { ...from, text: 'Half.' })).rejects.toMatchObject({ code: 'not_permitted' })
    const asking = { ...from, text: 'Which?', options: [], default: null, deadlineMs: null }
    await expect(tellDaemon(home.paths, 'ask', asking)).rejects.toMatchObject({ code: 'not_permitted' })
    expect(await tellDaemon({ ...home.paths, socket: env.ORCHESTRATOR_SOCKET ?? '' }, 'respond', { ...from, text: 'Half.' })).toEqual({
      noted: true,
    })
  })

  test('is made again with the program where it was deleted while the agent works', async () => {
    await home.drop('deletes', doing('$ rm -r "$(dirname "$ORCHESTRATOR_SOCKET")"', 'until: deleted', '$ orchestrator respond "Half."'))
    const { env } = await callOf(home, 'rm -r')
    const socket = env.ORCHESTRATOR_SOCKET ?? ''
    await until(async () =>
      expect(await saidIn(home)).toContainEqual(expect.objectContaining({ line: expect.stringMatching(/^rm -r/), code: 0 })),
    )
    await until(async () => expect((await stat(socket)).isSocket()).toBe(true))
    await release(home, 'deleted')
    await home.waitForResult('deletes')
    expect((await saidIn(home)).at(-1)).toMatchObject({ line: 'orchestrator respond "Half."', code: 0, stderr: '' })
  })
})

test('a home with a long path is reached by every command, and its agents ask', needs('proc'), async () => {
  await using home = await makeAskerHome()
  const long = join(home.work, 'long'.repeat(20), 'longer'.repeat(20))
  const at = (...args: readonly string[]) => home.run([...args, '--home', long])
  expect(await at('init')).toMatchObject({ code: 0 })
  const daemon = home.start(['start', '--home', long])
  await daemon.until(/watching/)
  expect((await readFile(join(long, '.orchestrator/daemon.json'), 'utf8')).length).toBeGreaterThan(0)
  expect((await stat(join(long, '.orchestrator/control.sock'))).isSocket()).toBe(true)
  expect(await at('status')).toMatchObject({ code: 0, stdout: expect.stringMatching(/running|daemon/i) })
  expect(await at('start')).toMatchObject({ code: 1, stderr: expect.stringContaining(`process ${daemon.pid}`) })
  await writeFile(join(long, 'tasks/q.task.md'), doing('$ orchestrator ask "Which?"'))
  await until(async () => expect((await runHere(home, ['why', 'q', '--home', long])).stdout).toMatch(/waits for an answer to "Which\?"/))
  expect(await readdir(join(long, '.orchestrator/run'))).toEqual([])
  expect(await runHere(home, ['pause', '--home', long])).toMatchObject({ code: 0 })
  expect(await runHere(home, ['resume', '--home', long])).toMatchObject({ code: 0 })
  expect(await daemon.stop()).toMatchObject({ code: 0 })
  expect(await readdir(join(long, '.orchestrator'))).not.toContain('control.sock')
})
