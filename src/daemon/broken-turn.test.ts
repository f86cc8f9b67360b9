import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type FileHome, makeFileHome } from '../../test/helpers/cli-home.ts'
import { makeRooms } from '../../test/helpers/rooms.ts'
import { type AttemptEnd, type AttemptReport, NO_REPORT } from '../domain/attempt.ts'
import { failure } from '../domain/errors.ts'
import { resultSchema, type TaskResult } from '../domain/result.ts'
import { readRecord } from '../inbox/records.ts'
import { noModel } from '../local-model/none.ts'
import { takeIn } from '../pipeline/intake.ts'
import type { Rooms } from '../pipeline/rooms.ts'
import type { Candidate } from '../scheduler/candidate.ts'
import { Seats } from './seats.ts'
import type { StorageHold } from './storage-hold.ts'
import { type TurnEnd, takeTurn } from './turn.ts'

const REPORT: AttemptReport = { ...NO_REPORT, output: 'Done.', turns: 1, costUsd: 0.25, sessionId: 's-1' }
const DONE: AttemptEnd = { ok: true, report: REPORT }
const bug = () => {
  throw new TypeError('a bug of ours')
}
const rejects = async () => bug()

let home: FileHome
const attempt = vi.fn(async (): Promise<AttemptEnd> => DONE)
const told = vi.fn()
const untilWritten: StorageHold['untilWritten'] = async (write) => write()

beforeEach(() => {
  vi.resetAllMocks()
  attempt.mockImplementation(async () => DONE)
  home = makeFileHome()
})
afterEach(() => home[Symbol.dispose]())

function roomsWith(faults: Partial<Rooms>): Rooms {
  const rooms = makeRooms(home.paths, { attempt, event: told })
  return { ...rooms, ...faults }
}

async function queued(rooms: Rooms, head = ''): Promise<Candidate> {
  const criteria = '**Success Criteria:**\n- [ ] it is nice'
  writeFileSync(join(home.paths.tasks, 'a.task.md'), `---\nid: a\nx-mine: kept\n${head}---\n**Prompt:**\nDo it.\n\n${criteria}\n`)
  const intake = await takeIn({ name: 'a.task.md', modified: new Date(), since: new Date() }, rooms)
  if (intake.kind !== 'candidate') throw new Error(`the file is ${intake.kind}`)
  return intake.candidate
}

function turn(candidate: Candidate, rooms: Rooms): Promise<TurnEnd> {
  const around = { rooms, holds: { of: () => undefined }, storage: { refused: vi.fn(), untilWritten }, onTried: vi.fn() }
  return takeTurn(new Seats().take(candidate), {}, { ...around, draining: new AbortController().signal })
}

/** Turns until the task does not come back. */
async function toItsEnd(candidate: Candidate, rooms: Rooms): Promise<TurnEnd> {
  let end = await turn(candidate, rooms)
  for (let turns = 1; end.kind === 'back' && turns < 20; turns++) end = await turn(end.candidate, rooms)
  return end
}

/** The one result of the task, which keeps to the schema; its file is archived and nothing is left of the run. */
function onlyResult(): TaskResult {
  expect(readdirSync(home.paths.results)).toEqual(['a_result.json'])
  expect(readdirSync(home.paths.summaries)).toEqual(['a_summary.txt'])
  expect(readdirSync(home.paths.running)).toEqual([])
  const result = resultSchema.parse(JSON.parse(readFileSync(join(home.paths.results, 'a_result.json'), 'utf8')))
  expect(existsSync(join(result.status === 'completed' ? home.paths.processed : home.paths.failed, 'a.task.md'))).toBe(true)
  expect(told.mock.calls.filter(([event]) => event.event === 'task_archived')).toHaveLength(1)
  return result
}

describe('whatever goes wrong after the agent has ended, the run ends with what is known, and the agent is not started again', () => {
  const faults: readonly (readonly [string, (rooms: Rooms) => Partial<Rooms>, string])[] = [
    ['the local model cannot be had', () => ({ localModel: bug }), 'a bug of ours'],
    ['the local model cannot judge', () => ({ localModel: () => ({ ...noModel, judge: rejects }) }), 'The work could not be weighed'],
    ['the local model cannot word', () => ({ localModel: () => ({ ...noModel, summarize: rejects }) }), 'The summary could not be made'],
    ['the patch cannot be found', () => ({ runFile: bug }), 'The work could not be weighed'],
    ['a text cannot be masked', () => ({ redact: (text) => (text.includes('kept') ? bug() : text) }), 'extras'],
    ['no text can be masked', () => ({ redact: bug }), 'Parts of the result could not be kept'],
    ['no result is good enough', ({ results }) => ({ results: { ...results, check: bug } }), 'could not be kept'],
    [
      'the result cannot be written',
      ({ results }) => ({ results: { ...results, write: failingFirst(results.write) } }),
      'could not be kept',
    ],
  ]
  test.each(faults)('%s', async (_name, faultsIn, said) => {
    const sound = roomsWith({})
    const candidate = await queued(sound)
    expect(await toItsEnd(candidate, { ...sound, ...faultsIn(sound) })).toEqual({ kind: 'done', status: 'completed' })
    const { status, failure: reason, warnings } = onlyResult()
    expect({ status, reason }).toEqual({ status: 'completed', reason: null })
    expect(warnings.join('\n')).toContain(said)
    expect(attempt).toHaveBeenCalledOnce()
  })

  test('the agent is not even found any more', async () => {
    const rooms = roomsWith({})
    const candidate = await queued(rooms)
    let asked = 0
    const agent: Rooms['agent'] = (name) => (asked++ === 0 ? rooms.agent(name) : rejects())
    expect(await toItsEnd(candidate, { ...rooms, agent })).toMatchObject({ kind: 'done' })
    expect(onlyResult().status).toBe('completed')
  })

  test('its work cannot be judged', async () => {
    const rooms = roomsWith({})
    const candidate = await queued(rooms)
    const executor = Object.assign(Object.create(rooms.executor), {
      run: async (...[request, signal, onAgentEnd]: Parameters<Rooms['executor']['run']>) => {
        await rooms.executor.run(request, signal, onAgentEnd)
        bug()
      },
    })
    expect(await toItsEnd(candidate, { ...rooms, executor })).toEqual({ kind: 'done', status: 'failed' })
    expect(onlyResult()).toMatchObject({ failure: { code: 'broke_off' }, output: 'Done.', cost_usd: 0.25, session_id: 's-1' })
    expect(attempt).toHaveBeenCalledOnce()
  })

  test('it had failed by itself', async () => {
    attempt.mockResolvedValue({ ok: false, failure: failure('refused'), report: REPORT })
    const rooms = roomsWith({ localModel: bug, redact: bug })
    expect(await toItsEnd(await queued(roomsWith({})), rooms)).toEqual({ kind: 'done', status: 'failed' })
    expect(onlyResult().failure?.code).toBe('refused')
    expect(attempt).toHaveBeenCalledOnce()
  })
})

test.each([
  ['costs', { costUsd: 1e308 }],
  ['costs that are no number', { costUsd: Number.NaN }],
  ['negative costs', { costUsd: -1 }],
  ['turns', { turns: 2 ** 60 }],
  ['half turns', { turns: 0.5 }],
  ['tokens', { tokens: { input: 2 ** 60, output: 1e308, cache_read: -1, cache_creation: Number.NaN } }],
  ['output', { output: 'x'.repeat(17_000_000) }],
])('absurd %s that got through all the same cost what they are about, and nothing else', async (_what, over) => {
  attempt.mockResolvedValue({ ok: true, report: { ...REPORT, ...over } })
  const rooms = roomsWith({})
  expect(await toItsEnd(await queued(rooms), rooms)).toEqual({ kind: 'done', status: 'completed' })
  const { warnings, extras } = onlyResult()
  expect(warnings.join('\n')).toContain('Parts of the result could not be kept')
  expect(extras).toEqual({ 'x-mine': 'kept' })
  expect(attempt).toHaveBeenCalledOnce()
})

describe('a run that breaks off before its agent has ended is tried as often as it may be, and then ends as failed', () => {
  test('in the attempt', async () => {
    attempt.mockRejectedValue(new TypeError('a bug of ours'))
    const rooms = roomsWith({})
    expect(await toItsEnd(await queued(rooms, 'retries: 3\n'), rooms)).toEqual({ kind: 'done', status: 'failed' })
    const { failure: reason, attempts } = onlyResult()
    expect(reason).toMatchObject({ code: 'broke_off', message: 'The run broke off: a bug of ours' })
    expect(attempts.map(({ outcome }) => outcome)).toEqual(['broke_off', 'broke_off', 'broke_off', 'broke_off'])
    expect(attempt).toHaveBeenCalledTimes(4)
  })

  test('in the plan, where it never gets to its agent', async () => {
    const rooms = roomsWith({})
    const candidate = await queued(rooms, 'retries: 1\n')
    expect(await toItsEnd(candidate, { ...rooms, agent: rejects, results: { ...rooms.results, read: bug } })).toMatchObject({
      kind: 'done',
    })
    expect(onlyResult()).toMatchObject({ status: 'completed' }) // neither is needed for it
  })

  test('when its file has been claimed', async () => {
    const rooms = roomsWith({})
    const candidate = await queued(rooms)
    const bus = { ...rooms.bus, event: (event: { event: string }) => void (event.event === 'task_received' ? bug() : told(event)) }
    expect(await toItsEnd(candidate, { ...rooms, bus })).toMatchObject({ kind: 'done', status: 'failed' })
    expect(onlyResult()).toMatchObject({ failure: { code: 'broke_off' }, attempts: [] })
    expect(attempt).not.toHaveBeenCalled()
  })

  test('over restarts: the record counts', async () => {
    attempt.mockRejectedValue(new TypeError('a bug of ours'))
    const rooms = roomsWith({})
    const end = await turn(await queued(rooms), rooms)
    expect(readRecord(home.paths, 'a')).toMatchObject({ attempts: [{ outcome: 'broke_off' }], next_attempt: expect.any(String) })
    expect(end).toMatchObject({ kind: 'back', candidate: { begun: true, key: 'running/a' } })
  })

  test('when it cannot even be claimed: its file is rejected then', async () => {
    const rooms = roomsWith({})
    const candidate = await queued(rooms)
    const broken = { ...rooms, ids: Object.assign(Object.create(rooms.ids), { take: rejects }) }
    expect(await toItsEnd(candidate, broken)).toEqual({ kind: 'gone' })
    expect(readdirSync(home.paths.rejected)).toEqual(['a.task.md', 'a.task.md.reason.json'])
  })
})

/** Writes only what is bare. */
function failingFirst(write: Rooms['results']['write']): Rooms['results']['write'] {
  return (result, summary, isBare) => (isBare ? write(result, summary, isBare) : rejects())
}
