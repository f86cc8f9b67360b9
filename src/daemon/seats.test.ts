import { expect, test } from 'vitest'
import { exampleCandidate, exampleRecord, exampleTask } from '../../test/helpers/examples.ts'
import { beginRun } from '../pipeline/run.ts'
import { idOf, Seats } from './seats.ts'

const candidate = exampleCandidate()

const runOf = (taskId: string) => beginRun(exampleTask(), exampleRecord({ task_id: taskId }), new AbortController(), 0)

test('a seat tells others what they have to heed, and is known by the id that the claim gave', () => {
  const seats = new Seats()
  const before = Date.now()
  const seat = seats.take(candidate)
  expect(seat.since).toBeGreaterThanOrEqual(before)
  expect(seats.of('a')).toBe(seat)

  seat.run = runOf('a-2')

  expect([seats.of('a'), seats.of('a-2')]).toEqual([undefined, seat])
  expect(seats.busy()).toEqual([{ taskId: 'a-2', agent: 'claude', directory: '/repo', writes: true, since: seat.since }])
  expect([idOf(seat), seats.size, [...seats.all()]]).toEqual(['a-2', 1, [seat]])
  seats.leave(seat)
  expect([seats.size, seats.busy(), seats.of('a-2')]).toEqual([0, [], undefined])
})

test('the first reason to stop counts, and it counts before the file is claimed', () => {
  const seat = new Seats().take(candidate)
  Seats.stop(seat, { cause: 'cancelled', by: 'me' })
  Seats.stop(seat, { cause: 'drain' })
  expect(seat.stop.signal.reason).toEqual({ cause: 'cancelled', by: 'me' })
})
