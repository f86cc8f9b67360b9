import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type FileHome, makeFileHome } from '../../test/helpers/cli-home.ts'
import { exampleQuestion } from '../../test/helpers/examples.ts'
import { makeRooms } from '../../test/helpers/rooms.ts'
import { type AttemptEnd, NO_REPORT } from '../domain/attempt.ts'
import { failure } from '../domain/errors.ts'
import type { AttemptRequest } from '../executors/contract.ts'
import { writeQuestions } from '../inbox/questions.ts'
import { readRecord } from '../inbox/records.ts'
import { takeIn } from '../pipeline/intake.ts'
import type { Rooms } from '../pipeline/rooms.ts'
import type { Candidate } from '../scheduler/candidate.ts'
import { type Seat, Seats } from './seats.ts'
import type { StorageHold } from './storage-hold.ts'
import { type Terms, takeTurn } from './turn.ts'

const DONE: AttemptEnd = { ok: true, report: { ...NO_REPORT, output: 'Done.', turns: 1 } }
const FULL = Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' })
const CRASHED: AttemptEnd = { ok: false, failure: failure('agent_crashed'), report: NO_REPORT }

let home: FileHome
let rooms: Rooms
let draining: AbortController
const attempt = vi.fn(async (_request: AttemptRequest): Promise<AttemptEnd> => DONE)
const problem = vi.fn()
const hold = vi.fn()
const refused = vi.fn()
const untilWritten: StorageHold['untilWritten'] = async (write, _refusal, isGivenUp) => (isGivenUp() ? undefined : write())

beforeEach(() => {
  vi.resetAllMocks()
  home = makeFileHome()
  rooms = makeRooms(home.paths, { attempt, problem })
  draining = new AbortController()
})
afterEach(() => home[Symbol.dispose]())

async function queued(head = ''): Promise<Candidate> {
  writeFileSync(join(home.paths.tasks, 'a.task.md'), `---\nid: a\ncreated: 2026-11-20T09:00:00Z\n${head}---\nDo it.\n`)
  const intake = await takeIn({ name: 'a.task.md', modified: new Date(), since: new Date() }, rooms)
  if (intake.kind !== 'candidate') throw new Error(`the file is ${intake.kind}`)
  return intake.candidate
}

const tried = vi.fn()
const seatOf = (candidate: Candidate): Seat => new Seats().take(candidate)
const turn = (seat: Seat, terms: Terms = {}) =>
  takeTurn(seat, terms, {
    rooms,
    holds: { of: hold },
    storage: { refused, untilWritten },
    draining: draining.signal,
    onTried: tried,
  })

test('a task that goes well is through after one turn, with what it was given', async () => {
  const seat = seatOf(await queued())
  expect(await turn(seat, { allowanceUsd: 0.5 })).toEqual({ kind: 'done', status: 'completed' })
  expect(attempt.mock.calls[0]?.[0].spec.maxBudgetUsd).toBe(0.5)
  expect(seat.run).toMatchObject({ isProbe: false })
  expect(tried).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ agent: 'claude', end: expect.objectContaining({ ok: true }) }))
  expect(rooms.results.status('a')).toBe('completed')
})

test('a verdict ends a task without an attempt', async () => {
  expect(await turn(seatOf(await queued()), { verdict: failure('cancelled') })).toEqual({ kind: 'done', status: 'cancelled' })
  expect(attempt).not.toHaveBeenCalled()
  expect(rooms.results.read('a')?.failure?.code).toBe('cancelled')
})

test('what runs while its agent is held tries for all others', async () => {
  hold.mockReturnValue({ agent: 'claude' })
  const seat = seatOf(await queued())
  await turn(seat)
  expect(seat.run?.isProbe).toBe(true)
})

test('a run that is tried again goes back into the queue as a begun one, to its own time', async () => {
  attempt.mockResolvedValueOnce(CRASHED)
  const candidate = await queued('max_budget_usd: 2\ndepends_on: [b]\n')
  const end = await turn(seatOf(candidate))
  const next = Date.parse(readRecord(home.paths, 'a')?.next_attempt ?? '')
  expect(end).toEqual({
    kind: 'back',
    candidate: { ...candidate, key: 'running/a', begun: true, dependsOn: [], notBefore: next, wantsUsd: expect.any(Number) },
  })
  expect(await turn(seatOf({ ...candidate, key: 'running/a', begun: true }))).toEqual({ kind: 'done', status: 'completed' })
})

test('a task that works elsewhere than in the directory that is locked for it goes back before its first attempt', async () => {
  const candidate = await queued()
  const end = await turn(seatOf({ ...candidate, directory: '/elsewhere' }))
  expect(end).toMatchObject({ kind: 'back', candidate: { key: 'running/a', begun: true, directory: candidate.directory } })
  expect(attempt).not.toHaveBeenCalled()
})

test('a task whose agent asks waits for the answer', async () => {
  attempt.mockImplementationOnce(async ({ spec }) => {
    await writeQuestions(home.paths, 'a', [exampleQuestion({ task_id: 'a', run_id: spec.runId })])
    return DONE
  })
  expect(await turn(seatOf(await queued()))).toEqual({ kind: 'parked' })
})

test('a file that was removed leaves nothing to run', async () => {
  const seat = seatOf(await queued())
  rmSync(join(home.paths.tasks, 'a.task.md'))
  expect([await turn(seat), seat.run]).toEqual([{ kind: 'gone' }, undefined])
})

test('where the disk refuses the claim, the task goes back as it was', async () => {
  const candidate = await queued()
  rmSync(home.paths.running, { recursive: true })
  expect(await turn(seatOf(candidate))).toEqual({ kind: 'back', candidate })
  expect(refused).toHaveBeenCalledOnce()
})

test('where the disk refuses the record between two attempts, the run goes on in a moment', async () => {
  const now = Date.now()
  attempt.mockImplementationOnce(async () => {
    rmSync(home.paths.running, { recursive: true })
    return CRASHED
  })
  const end = await turn(seatOf(await queued()))
  expect(end).toMatchObject({ kind: 'back', candidate: { key: 'running/a' } })
  expect(end.kind === 'back' && end.candidate.notBefore).toBeGreaterThanOrEqual(now + 2_000)
  expect(refused).toHaveBeenCalledOnce()
})

test('where the disk refuses the result, it is written as soon as it can be, and the agent is not asked again', async () => {
  vi.spyOn(rooms.results, 'write').mockRejectedValueOnce(FULL)
  expect(await turn(seatOf(await queued()))).toEqual({ kind: 'done', status: 'completed' })
  expect([attempt.mock.calls.length, rooms.results.status('a')]).toEqual([1, 'completed'])
})

test('a result that cannot be written before the end is written after the next start', async () => {
  vi.spyOn(rooms.results, 'write').mockRejectedValueOnce(FULL)
  draining.abort()
  expect(await turn(seatOf(await queued()))).toEqual({ kind: 'interrupted' })
})

test('a run that breaks off is tried again, and the log says why', async () => {
  const error = new TypeError('a bug')
  attempt.mockRejectedValueOnce(error)
  expect(await turn(seatOf(await queued()))).toMatchObject({ kind: 'back', candidate: { begun: true } })
  expect(problem).toHaveBeenCalledExactlyOnceWith('a run broke off', { task: 'a', error })
})
