import { expect, test, vi } from 'vitest'
import type { FinalStatus } from '../domain/result.ts'
import { Dependencies } from './dependencies.ts'

const results = new Map<string, FinalStatus>([
  ['well', 'completed'],
  ['badly', 'failed'],
  ['away', 'cancelled'],
  ['again', 'failed'],
])

test('is what the newest run says, unless a further one is on its way', () => {
  const lookup = { isPending: (id: string) => id === 'again' || id === 'queued', status: (id: string) => results.get(id) }
  const dependencies = new Dependencies(lookup)
  expect(['well', 'badly', 'away', 'again', 'queued', 'nobody'].map((id) => dependencies.state(id))).toEqual([
    'completed',
    'failed',
    'failed',
    'pending',
    'pending',
    'unknown',
  ])
})

test('is looked up once, until something has changed', () => {
  const pending = new Set(['a'])
  const lookup = { isPending: vi.fn((id: string) => pending.has(id)), status: () => undefined }
  const dependencies = new Dependencies(lookup)
  expect([dependencies.state('a'), dependencies.state('a')]).toEqual(['pending', 'pending'])
  expect(lookup.isPending).toHaveBeenCalledOnce()
  pending.clear()
  expect(dependencies.state('a')).toBe('pending')
  dependencies.forget()
  expect(dependencies.state('a')).toBe('unknown')
})

test('a task that depends on a failed one is told which', () => {
  const dependencies = new Dependencies({ isPending: () => false, status: (id) => results.get(id) })
  const message = 'badly, which this task depends on, has failed.'
  expect(dependencies.verdict({ dependsOn: ['well', 'badly', 'away'] })).toMatchObject({ code: 'dependency_failed', message })
  expect(dependencies.verdict({ dependsOn: ['well', 'nobody'] })).toBeUndefined()
})
