import { expect, test } from 'vitest'
import type { DaemonStatus, QueuedTask } from '../../control/protocol.ts'
import type { Ended } from '../../daemon/daemon.ts'
import { leftOvers } from './left-overs.ts'

function ended(status: Pick<DaemonStatus, 'queued' | 'waiting'>, left = status.queued.length): Ended {
  const idle = {
    pid: 1,
    version: '0',
    home: '/',
    since: '',
    concurrency: 1,
    holds: [],
    running: [],
    queuedCount: left,
    bridges: [],
    configWaiting: [],
  }
  const tally = { completed: 0, failed: 0, cancelled: 0, interrupted: 0, rejected: 0 }
  return { ...tally, left, waiting: status.waiting.length, storageProblem: undefined, status: { ...idle, ...status } }
}

const queued = (id: string, waitsFor: string | null): QueuedTask => ({ id, file: `${id}.task.md`, priority: 'low', since: '', waitsFor })

test('what waits for a person comes first, then what waits for something else, each with its reason', () => {
  const question = { id: 'q1', text: 'Which?', options: ['a', 'b'], default: null, asked: '', deadline: null }
  const waiting = [{ id: 'asks', questions: [question, { ...question, text: 'When?', options: [] }] }]
  expect(leftOvers(ended({ queued: [queued('later', 'it is early'), queued('next', null)], waiting }))).toEqual({
    told: [
      { id: 'asks', reason: 'waits for an answer to "Which?" (a | b), and to "When?"' },
      { id: 'later', reason: 'waits: it is early' },
      { id: 'next', reason: 'waits: for a free slot' },
    ],
    more: 0,
  })
})

test('of a long queue the first are told, and how many there are more', () => {
  const many = Array.from({ length: 100 }, (_, index) => queued(`t${index}`, 'paused'))
  const { told, more } = leftOvers(ended({ queued: many, waiting: [] }, 5_000))
  expect([told.length, told.at(-1)?.id, more]).toEqual([20, 't19', 4_980])
})
