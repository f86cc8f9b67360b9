import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { until } from '../../test/helpers/until.ts'
import type { AgentCommand, AttemptEnd, StopReason } from '../domain/attempt.ts'
import { failure } from '../domain/errors.ts'
import type { VerifyRun } from '../domain/run.ts'
import type { ProcessExit, Running } from '../lib/running.ts'
import type { Workspace } from '../workspaces/contract.ts'
import { verifyWork } from './verify.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'verify-'))
})
afterEach(() => {
  vi.unstubAllGlobals()
  rmSync(folder, { recursive: true })
})

const DONE: AttemptEnd = { ok: true, report: { output: 'All tests pass.', denials: [], warnings: ['told before'], turns: 3, deeds: 1 } }
const MS = expect.any(Number)

/** How a command of a test goes: what it prints, its end, and what happens while its remains are cleared away. */
interface Play {
  readonly lines?: readonly string[]
  readonly exit?: Partial<ProcessExit>
  readonly whileEnding?: () => void
  /** Ends only when it is told to. */
  readonly hangs?: boolean
}

interface Verified {
  readonly end: AttemptEnd
  readonly told: readonly VerifyRun[]
  readonly started: readonly AgentCommand[]
}

/** Verifies work by commands that go as they are said to, one play for each. */
async function verify(
  plays: readonly Play[],
  over: { readonly commands?: readonly string[]; readonly end?: AttemptEnd; readonly stop?: AbortController } = {},
): Promise<Verified> {
  const started: AgentCommand[] = []
  const told: VerifyRun[] = []
  const workspace: Workspace = {
    kind: 'none',
    path: folder,
    exposed: undefined,
    spawn(command) {
      started.push(command)
      return running(plays[started.length - 1] ?? {})
    },
    changes: async () => null,
    [Symbol.asyncDispose]: async () => undefined,
  }
  const spec = {
    attempt: 2,
    verify: { commands: over.commands ?? plays.map((_, index) => `check ${index + 1}`), timeoutMs: 60_000 },
  }
  const end = await verifyWork(over.end ?? DONE, spec, {
    workspace,
    env: () => ({ PATH: '/bin' }),
    log: join(folder, 'verify.log'),
    signal: (over.stop ?? new AbortController()).signal,
    redact: (text) => text.replaceAll('hush-hush', '[secret]'),
    onStart: () => undefined,
    onRun: (run) => told.push(run),
  })
  return { end, told, started }
}

function running({ lines = [], exit = {}, whileEnding, hangs = false }: Play): Running {
  let release = () => {}
  const ended = new Promise<void>((done) => {
    release = done
    if (!hangs) done()
  })
  return {
    identity: undefined,
    stdout: (async function* () {
      yield* lines
      await ended
    })(),
    exited: ended.then(() => ({ code: hangs ? undefined : 0, signal: hangs ? 'SIGTERM' : undefined, stderr: '', ...exit })),
    terminate: release,
    destroy: async () => whileEnding?.(),
  }
}

function run(number: number, over: Partial<VerifyRun> = {}): VerifyRun {
  return { command: `check ${number}`, exit_code: 0, duration_ms: MS, output: '', ...over }
}

describe('the work of an agent', () => {
  test('is done where every command succeeds, and they are all told', async () => {
    const { end, told } = await verify([{ lines: ['1 passed'] }, {}])
    const runs = [run(1, { output: '1 passed' }), run(2)]
    expect(end).toEqual({ ok: true, report: { ...DONE.report, verify: runs } })
    expect(told).toEqual(runs)
  })

  test('is refused where one does not; the others are run all the same', async () => {
    const { end, told } = await verify([{ lines: ['1 failed'], exit: { code: 2 } }, {}, { exit: { code: 1 } }])
    const runs = [run(1, { exit_code: 2, output: '1 failed' }), run(2), run(3, { exit_code: 1 })]
    expect(end).toEqual({
      ok: false,
      failure: failure('verify_failed', expect.stringContaining('check 1')),
      report: { ...DONE.report, verify: runs },
    })
    expect(told).toEqual(runs)
  })

  test('is not looked at where the agent did not end well, or nothing is to be run', async () => {
    const failed: AttemptEnd = { ok: false, failure: failure('max_turns'), report: DONE.report }
    const drained: AttemptEnd = { ok: undefined, started: true, report: DONE.report }
    for (const end of [failed, drained]) expect(await verify([{}], { end })).toEqual({ end, told: [], started: [] })
    expect(await verify([])).toEqual({ end: DONE, told: [], started: [] })
  })

  test('is not done by a command that could not be started', async () => {
    const { end, told } = await verify([{ exit: { code: undefined, startError: { code: 'ENOENT', message: 'no such shell' } } }])
    expect(end).toMatchObject({ ok: false, failure: { code: 'verify_failed' } })
    expect(told).toMatchObject([{ exit_code: null, output: expect.stringContaining('no such shell') }])
  })
})

describe('a command', () => {
  test('keeps the variables that its own start needs', async () => {
    vi.stubGlobal('process', Object.create(process, { platform: { value: 'win32' } }))
    const { started } = await verify([{}])
    expect(started).toMatchObject([{ file: 'cmd.exe', env: { PATH: '/bin', ORCHESTRATOR_VERIFY_COMMAND: '"check 1"' } }])
  })

  test('is logged with its whole output, without secrets', async () => {
    await verify([{ lines: ['one', 'the key is hush-hush'] }, { lines: ['two'] }], { commands: ['check 1', 'check 2 hush-hush'] })
    expect(readFileSync(join(folder, 'verify.log'), 'utf8')).toBe(
      '=== attempt 2 ===\n$ check 1\none\nthe key is [secret]\n$ check 2 [secret]\ntwo\n',
    )
  })

  test('has no secrets in what is told of it, which is kept in the record of the run', async () => {
    const { end, told } = await verify([{ lines: ['the key is hush-hush'], exit: { code: 1 } }])
    expect(JSON.stringify({ end, told })).not.toContain('hush-hush')
  })
})

describe('a stop while a command runs', () => {
  const drain: StopReason = { cause: 'drain' }
  const cancel: StopReason = { cause: 'cancelled', by: 'cli' }

  /** A controller that stops as soon as a line of the command was read. */
  function stopping(reason: StopReason) {
    const stop = new AbortController()
    return { stop, abort: () => stop.abort(reason) }
  }

  test.each<[string, StopReason, object]>([
    ['keeps the run for later', drain, { ok: undefined, started: true }],
    ['ends it as cancelled', cancel, { ok: false, failure: failure('cancelled', 'The task was cancelled by cli.') }],
  ])('%s, with what is known of the agent and of the commands that had ended', async (_what, reason, outcome) => {
    const { stop, abort } = stopping(reason)
    const plays: Play[] = [{}, { hangs: true, lines: ['at work'] }, {}]
    const ended = verify(plays, { stop })
    await until(() => expect(readFileSync(join(folder, 'verify.log'), 'utf8')).toContain('$ check 2'))
    abort()
    const { end, told, started } = await ended
    expect(end).toEqual({ ...outcome, report: { ...DONE.report, verify: [run(1)] } })
    expect(told).toEqual([run(1)])
    expect(started).toHaveLength(2)
  })

  test.each<[string, StopReason, boolean | undefined, number]>([
    ['drain', drain, undefined, 0],
    ['drain', drain, undefined, 1],
    ['cancel', cancel, false, 0],
    ['cancel', cancel, false, 1],
  ])('that comes when it has just ended (%s) makes no success of commands that were never run', async (_what, reason, ok, code) => {
    const { stop, abort } = stopping(reason)
    const { end, started } = await verify([{ exit: { code }, whileEnding: abort }, {}], { stop })
    expect(end.ok).toBe(ok)
    if (end.ok === false) expect(end.failure.code).toBe('cancelled')
    expect(started).toHaveLength(1)
  })

  test('that comes before it began starts nothing that goes on', async () => {
    const { stop, abort } = stopping(drain)
    abort()
    const { end, told } = await verify([{ hangs: true }, {}], { stop })
    expect(end).toMatchObject({ ok: undefined, started: true })
    expect(told).toEqual([])
  })
})
