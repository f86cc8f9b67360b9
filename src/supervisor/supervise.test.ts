import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { BARE_ENV, fixtureAgent, newPlace, type Place } from '../../test/helpers/fixture-agent.ts'
import type { AgentEvent, AttemptReport, StopReason } from '../domain/attempt.ts'
import { failure } from '../domain/errors.ts'
import { startProcess } from '../lib/exec.ts'
import { type LineReader, type Supervision, supervise } from './supervise.ts'

let place: Place
let events: AgentEvent[]
let stopper: AbortController

beforeEach(async () => {
  place = await newPlace()
  events = []
  stopper = new AbortController()
})
afterEach(() => place[Symbol.asyncDispose]())

/** Reads `text …` and `result …`; a result and status 0 make a success. */
class WordReader implements LineReader {
  #output = ''
  line(text: string): readonly AgentEvent[] {
    const [word, rest = ''] = text.split(/ (.*)/)
    if (word === 'text') return [{ kind: 'text', text: rest }]
    if (word !== 'result') return []
    this.#output = rest
    return [{ kind: 'result' }, { kind: 'cost', costUsd: 1 }]
  }
  end({ code, signal, startError }: Parameters<LineReader['end']>[0]) {
    const report = reportOf(this.#output)
    if (startError) return { ok: false as const, failure: failure('agent_missing', startError.message), report }
    if (code === 0 && this.#output !== '') return { ok: true as const, report }
    return { ok: false as const, failure: failure('agent_crashed', `status ${code ?? signal}`), report }
  }
}

const reportOf = (output: string): AttemptReport => ({ output, denials: [], warnings: [] })
/** Limits that no test comes to. */
const AMPLE = { timeoutMs: 600_000, startMs: 600_000, idleMs: 600_000, resultExitMs: 600_000, termGraceMs: 600_000 }
const transcript = () => join(place.path, 'runs/r1.ndjson')

const start = (agent: string) =>
  startProcess({
    file: fixtureAgent(agent),
    args: [],
    cwd: place.path,
    env: BARE_ENV,
    stdin: 'the task\n',
    marker: { name: 'ORCHESTRATOR_RUN_ID', value: 'supervise-test' },
  })

function watch(agent: string, limits: Partial<Supervision['limits']> = {}, more: Partial<Supervision> = {}) {
  return supervise({
    running: more.running ?? start(agent),
    reader: new WordReader(),
    limits: { ...AMPLE, ...limits },
    transcript: transcript(),
    maskLine: (line) => line,
    redact: (text) => text,
    onEvent: (event) => events.push(event),
    signal: stopper.signal,
    ...more,
  })
}

describe.skipIf(process.platform === 'win32')('an agent', () => {
  // Whatever the test, nothing of the agent may be left when its supervision has ended.
  afterEach(async () => expect(await place.living()).toEqual([]))

  test('that ends well is judged by its reader; its lines are kept and its events told', async () => {
    expect(await watch('ok', {}, { maskLine: (line) => line.replace('task', '***') })).toEqual({ ok: true, report: reportOf('done') })
    expect(events).toEqual([{ kind: 'text', text: 'working on the ***' }, { kind: 'result' }, { kind: 'cost', costUsd: 1 }])
    expect(readFileSync(transcript(), 'utf8')).toBe('text working on the ***\nresult done\n')
  })

  test.each(['leaves-background-child', 'ignores-stdin'])('that %s ends well all the same', async (agent) => {
    expect(await watch(agent)).toEqual({ ok: true, report: reportOf('done') })
  })

  test.runIf(process.platform === 'linux').each(['leaves-setsid-child', 'leaves-daemon'])(
    'that %s ends well all the same',
    async (agent) => {
      expect(await watch(agent)).toEqual({ ok: true, report: reportOf('done') })
    },
  )

  test('that crashes is judged by its reader', async () => {
    expect(await watch('crashes')).toEqual({ ok: false, failure: failure('agent_crashed', 'status 3'), report: reportOf('') })
  })

  test('that floods its output is read to the last line', async () => {
    expect(await watch('floods')).toEqual({ ok: false, failure: failure('agent_crashed', 'status 0'), report: reportOf('') })
    expect(readFileSync(transcript(), 'utf8').slice(-14)).toBe('199999\n200000\n')
  })

  test('that prints a line too long for a line is heard to its end', async () => {
    expect(await watch('huge-line')).toEqual({ ok: true, report: reportOf('done') })
  })

  test('that cannot be started is judged by its reader', async () => {
    const running = startProcess({ file: 'no-such-agent', args: [], cwd: place.path, env: BARE_ENV, stdin: '' })
    expect(await watch('ok', {}, { running })).toMatchObject({ ok: false, failure: { code: 'agent_missing' } })
  })

  test('that says nothing is ended', async () => {
    const report = reportOf('')
    const words = 'The agent printed nothing within 250ms of its start.'
    expect(await watch('silent-at-start', { startMs: 250 })).toEqual({ ok: false, failure: failure('no_output', words), report })
  })

  test('that falls silent is ended', async () => {
    const words = 'The agent printed nothing for 250ms.'
    expect(await watch('falls-silent', { idleMs: 250 })).toEqual({ ok: false, failure: failure('silent', words), report: reportOf('') })
  })

  test('that talks all the time is ended at its time limit', async () => {
    const words = 'The agent was still at work after 500ms.'
    const end = await watch('chatters', { timeoutMs: 500 })
    expect(end).toEqual({ ok: false, failure: failure('timeout', words), report: reportOf('') })
  })

  test('that told its result and stays is ended, and its result counts', async () => {
    expect(await watch('result-without-exit', { resultExitMs: 100 })).toEqual({ ok: true, report: reportOf('done') })
  })

  test('that goes on after a result is left alone, and its last result counts', async () => {
    expect(await watch('result-then-more-work', { resultExitMs: 300 })).toEqual({ ok: true, report: reportOf('second') })
  })

  test('that ignores SIGTERM is killed after the grace, and so is its child', async () => {
    const words = 'The agent printed nothing for 200ms.'
    const end = await watch('ignores-sigterm', { idleMs: 200, termGraceMs: 200 })
    expect(end).toEqual({ ok: false, failure: failure('silent', words), report: reportOf('') })
  })

  const stopAtFirstEvent = (reason: StopReason): Partial<Supervision> => ({ onEvent: () => stopper.abort(reason) })

  test.each([
    ['cancelled', { cause: 'cancelled' }, 'The task was cancelled.'],
    ['cancelled by someone', { cause: 'cancelled', by: 'telegram' }, 'The task was cancelled by telegram.'],
  ] as const)('that is %s is ended', async (_, reason, words) => {
    const end = await watch('falls-silent', {}, stopAtFirstEvent(reason))
    expect(end).toEqual({ ok: false, failure: failure('cancelled', words), report: reportOf('') })
  })

  test('that is interrupted by the end of the daemon has neither succeeded nor failed', async () => {
    const end = await watch('falls-silent', {}, stopAtFirstEvent({ cause: 'drain' }))
    expect(end).toEqual({ ok: undefined, started: true, report: reportOf('') })
  })

  test('that is stopped before it was watched is ended', async () => {
    stopper.abort({ cause: 'cancelled' } satisfies StopReason)
    expect(await watch('falls-silent')).toMatchObject({ ok: false, failure: { code: 'cancelled' } })
  })

  test('that is stopped after its result has succeeded', async () => {
    expect(await watch('result-without-exit', {}, stopAtFirstEvent({ cause: 'cancelled' }))).toEqual({ ok: true, report: reportOf('done') })
  })

  test('that tells a result only when it is stopped was stopped, and the result is reported', async () => {
    const end = await watch('result-on-sigterm', {}, stopAtFirstEvent({ cause: 'cancelled' }))
    expect(end).toEqual({ ok: false, failure: failure('cancelled', 'The task was cancelled.'), report: reportOf('late') })
  })

  test('that is stopped twice was stopped for the first cause', async () => {
    const end = await watch('ignores-sigterm', { idleMs: 200, termGraceMs: 500 }, stopAtFirstEvent({ cause: 'drain' }))
    expect(end).toEqual({ ok: undefined, started: true, report: reportOf('') })
  })

  test.runIf(process.platform === 'linux')('whose transcript cannot be written gets a warning', async () => {
    const end = await watch('ok', {}, { transcript: '/dev/full' })
    const warnings = [expect.stringMatching(/^The transcript is incomplete: ENOSPC/)]
    expect(end).toEqual({ ok: true, report: { ...reportOf('done'), warnings } })
  })

  test('whose lines cannot be read for a bug is judged by what is known at its end', async () => {
    const line = () => {
      throw new Error('a bug')
    }
    expect(await watch('ok', {}, { reader: { line, end: () => ({ ok: true, report: reportOf('') }) } })).toMatchObject({ ok: true })
  })

  test('whose end cannot be read for a bug has ended all the same, and is not to be started again', async () => {
    const end = () => {
      throw new Error('a bug')
    }
    const ended = await watch('ok', {}, { reader: { line: () => [], end } })
    expect(ended).toMatchObject({ ok: false, failure: { code: 'broke_off', message: expect.stringContaining('a bug'), retryable: false } })
  })
})
