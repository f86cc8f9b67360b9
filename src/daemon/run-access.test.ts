import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { makeFileHome } from '../../test/helpers/cli-home.ts'
import { needs } from '../../test/helpers/needs.ts'
import { runPaths } from '../config/home.ts'
import { tellDaemon } from '../control/client.ts'
import type { RunCommands } from '../control/protocol.ts'
import { createBus } from '../telemetry/bus.ts'
import type { Logger } from '../telemetry/logger.ts'
import { RunAccesses } from './run-access.ts'
import { RunTokens } from './run-tokens.ts'

const RUN = '20261127-120000000-abcd'

function makeAccesses() {
  const home = makeFileHome()
  onTestFinished(() => home[Symbol.dispose]())
  const bus = createBus({ redact: (text) => text, onError: () => undefined })
  const respond = vi.fn<RunCommands['respond']>(async () => ({ noted: true }))
  const warn = vi.fn<Logger['warn']>()
  const log = { warn } as unknown as Logger
  const ask: RunCommands['ask'] = async ({ text }) => ({ questionId: 'q1', answer: text, by: null })
  const accesses = new RunAccesses({ paths: home.paths, tokens: new RunTokens(bus), log, commands: () => ({ ask, respond }) })
  return { accesses, paths: home.paths, run: { home: home.home, ...runPaths(home.paths, RUN) }, respond, warn }
}

test(
  'an attempt finds its socket, the program and its token in its environment, and nothing of it is left when it has ended',
  needs('posix'),
  async () => {
    const { accesses, paths, run, respond } = makeAccesses()
    const access = await accesses.open({ runId: RUN, mayAsk: true })

    const env = access.environment({ PATH: '/bin' })
    expect(env).toEqual({
      PATH: `${run.launchers}:/bin`,
      ORCHESTRATOR_HOME: paths.home,
      ORCHESTRATOR_SOCKET: run.socket,
      ORCHESTRATOR_RUN_TOKEN: expect.stringMatching(/^orc-run-/),
    })
    expect(access.directory).toBe(run.directory)
    for (const path of [paths.run, run.directory]) expect(statSync(path).mode & 0o777).toBe(0o700)
    expect(statSync(run.socket).mode & 0o777).toBe(0o600)
    expect(readdirSync(run.directory).sort()).toEqual(['bin', 'control.sock'])
    await tellDaemon(run, 'respond', { runId: RUN, token: 'x', text: 'Half.' })
    expect(respond).toHaveBeenCalledOnce()

    await access[Symbol.asyncDispose]()
    expect(readdirSync(paths.run)).toEqual([])
    await expect(tellDaemon(run, 'respond', { runId: RUN, token: 'x', text: 'Half.' })).rejects.toMatchObject({
      code: 'not_running',
    })
  },
)

test('one that may not ask gets nothing', async () => {
  const { accesses, paths } = makeAccesses()
  const env = { PATH: '/bin' }
  for (const spec of [{ runId: RUN }, { runId: RUN, mayAsk: false }]) {
    await using access = await accesses.open(spec)
    expect(access.directory).toBeUndefined()
    expect(access.environment(env)).toEqual(env)
  }
  expect(existsSync(paths.run)).toBe(false)
})

test('one for which nothing can be written works without, and that is told', async () => {
  const { accesses, paths, warn } = makeAccesses()
  writeFileSync(paths.state, 'a file where the directory should be')
  const env = { PATH: '/bin' }
  await using access = await accesses.open({ runId: RUN, mayAsk: true })
  expect([access.directory, access.environment(env)]).toEqual([undefined, env])
  expect(warn.mock.calls).toEqual([[expect.stringContaining('works without'), { run: RUN, error: expect.any(Error) }]])
})

test('a further attempt of a run begins anew, also where a killed daemon has left something', needs('posix'), async () => {
  const { accesses, run } = makeAccesses()
  for (const attempt of [1, 2]) {
    await using _access = await accesses.open({ runId: RUN, mayAsk: true })
    writeFileSync(join(run.directory, 'left'), '')
    expect(await tellDaemon(run, 'respond', { runId: RUN, token: 'x', text: `${attempt}` })).toEqual({ noted: true })
  }
  expect(existsSync(run.directory)).toBe(false)

  const killed = await accesses.open({ runId: RUN, mayAsk: true })
  writeFileSync(join(run.directory, 'left'), '')
  await using _next = await accesses.open({ runId: RUN, mayAsk: true })
  expect(readdirSync(run.directory).sort()).toEqual(['bin', 'control.sock'])
  await killed[Symbol.asyncDispose]()
})

test('what is deleted while the attempt is under way is made again', needs('posix'), async () => {
  const { accesses, paths, run } = makeAccesses()
  await using _access = await accesses.open({ runId: RUN, mayAsk: true })
  const launcher = join(run.launchers, 'orchestrator')
  const text = readFileSync(launcher, 'utf8')
  const tell = () => tellDaemon(run, 'respond', { runId: RUN, token: 'x', text: 'Half.' })
  expect(await accesses.reopen()).toBe(false)

  for (const path of [run.socket, launcher, run.launchers, run.directory, paths.run, paths.state]) {
    rmSync(path, { recursive: true })
    expect(await accesses.reopen(), path).toBe(true)
    expect(await tell(), path).toEqual({ noted: true })
    expect(readFileSync(launcher, 'utf8')).toBe(text)
  }
})

test('each run has a socket of its own, and a long path is none too long', needs('posix'), async () => {
  const { accesses, paths } = makeAccesses()
  const ids = [RUN, '20261127-120000000-efgh', 'x'.repeat(300)]
  const open = await Promise.all(ids.map((runId) => accesses.open({ runId, mayAsk: true })))
  expect(new Set(open.map(({ directory }) => directory)).size).toBe(3)
  for (const runId of ids)
    expect(await tellDaemon({ ...paths, ...runPaths(paths, runId) }, 'respond', { runId, token: 'x', text: 'Half.' })).toEqual({
      noted: true,
    })
  for (const access of open) await access[Symbol.asyncDispose]()
  expect(readdirSync(paths.run)).toEqual([])
})
