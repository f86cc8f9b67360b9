import { expect, test } from 'vitest'
import type { OrchestratorEvent } from '../domain/events.ts'
import { createBus } from './bus.ts'

const redact = (text: string) => text
const now = () => new Date('2026-11-21T01:02:03.004Z')
const stopped = (reason: string): OrchestratorEvent => ({ event: 'daemon_stopped', reason })

test('events get their time and reach every listener in the order in which they were told', () => {
  const bus = createBus({ redact, now, onError: expect.unreachable })
  const heard: unknown[] = []
  bus.onEvent((event) => heard.push(['first', event]))
  const second = bus.onEvent((event) => heard.push(['second', event]))
  bus.event(stopped('a'))
  second[Symbol.dispose]()
  bus.event(stopped('b'))

  const at = { ts: '2026-11-21T01:02:03.004Z', event: 'daemon_stopped' }
  expect(heard).toEqual([
    ['first', { ...at, reason: 'a' }],
    ['second', { ...at, reason: 'a' }],
    ['first', { ...at, reason: 'b' }],
  ])
})

test('what a listener tells is heard by all after what it was told', () => {
  const bus = createBus({ redact, onError: expect.unreachable })
  const heard: string[] = []
  bus.onEvent((event) => {
    if ('reason' in event && event.reason === 'a') bus.event(stopped('b'))
  })
  bus.onEvent((event) => heard.push('reason' in event ? event.reason : ''))
  bus.event(stopped('a'))
  expect(heard).toEqual(['a', 'b'])
})

test('a listener that throws is reported and keeps no other from hearing', () => {
  const errors: unknown[] = []
  const heard: string[] = []
  const bus = createBus({ redact, onError: (error) => errors.push(error) })
  bus.onEvent(() => {
    throw new Error('broken listener')
  })
  bus.onEvent((event) => heard.push(event.event))
  bus.event(stopped('a'))
  bus.event(stopped('b'))
  expect([heard, errors.map(String)]).toEqual([
    ['daemon_stopped', 'daemon_stopped'],
    ['Error: broken listener', 'Error: broken listener'],
  ])
})

test('progress has listeners of its own', () => {
  const bus = createBus({ redact, onError: expect.unreachable })
  const heard: unknown[] = []
  bus.onEvent(() => heard.push('event'))
  bus.onProgress((progress) => heard.push(progress))
  const progress = { task_id: 't', run_id: 'r', agent: 'claude', attempt: 1, activity: { kind: 'turn', turns: 2 } } as const
  bus.progress(progress)
  expect(heard).toEqual([progress])
})
