import { expect, test } from 'vitest'
import { createBus } from '../telemetry/bus.ts'
import { Activities } from './activity.ts'

test('how long the API is waited for is told as every duration is', () => {
  const bus = createBus({ redact: (text) => text, onError: () => undefined })
  const activities = new Activities(bus)
  const activity = { kind: 'api_retry', attempt: 1, reason: 'overloaded', delayMs: 72_000 } as const
  bus.progress({ agent: 'claude', attempt: 1, activity, task_id: 'a', run_id: 'r' })
  expect(activities.of('r')?.note).toBe('overloaded, trying again in 1m 12s')
})
