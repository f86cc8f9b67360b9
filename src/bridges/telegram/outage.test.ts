import { expect, test } from 'vitest'
import type { Logger } from '../../telemetry/logger.ts'
import { Outage } from './outage.ts'
import { type ProblemKind, TelegramProblem } from './problem.ts'

const told: string[] = []
const note = (text: string) => void told.push(text)
const log: Logger = { debug: note, info: note, warn: note, error: note }

function begin() {
  told.length = 0
  const outage = new Outage(log)
  return {
    outage,
    fail: (way: 'read' | 'write', kind: ProblemKind) => outage.failed(way, new TelegramProblem(kind, 'No.'), performance.now()),
  }
}

test('that it begins to work, fails and works again is told once each', () => {
  const { outage, fail } = begin()
  outage.worked('read', 'as @bot')
  outage.worked('write')
  expect(outage.health()).toEqual({ ok: true, detail: 'as @bot' })
  fail('read', 'network')
  fail('read', 'network')
  fail('write', 'network')
  expect(outage.health()).toEqual({ ok: false, detail: 'No.' })
  outage.worked('read')
  expect(outage.health()).toEqual({ ok: true, detail: 'as @bot' })
  expect(told).toEqual(['telegram is connected', 'telegram cannot be used; trying on: No.', 'telegram can be reached again'])
})

test('what can be written while nothing can be read does not end the outage, and does not have it told again', () => {
  const { outage, fail } = begin()
  for (let round = 0; round < 3; round++) {
    fail('read', 'conflict')
    outage.worked('write')
  }
  expect([outage.isOut('read'), outage.isOut('write'), outage.health().ok]).toEqual([true, false, false])
  expect(told).toEqual([expect.stringContaining('Stop the other program')])
})

test('another problem is told as well, and what is no outage is not', () => {
  const { fail } = begin()
  fail('read', 'network')
  fail('read', 'unauthorized')
  for (const kind of ['limited', 'refused', 'stopped'] as const) fail('write', kind)
  expect(told).toEqual(['telegram cannot be used; trying on: No.', expect.stringContaining('Mend TELEGRAM_BOT_TOKEN')])
})

test('a request that began before the last one that worked tells nothing', () => {
  const { outage } = begin()
  const began = performance.now() - 1
  outage.worked('read')
  outage.failed('read', new TelegramProblem('network', 'No.'), began)
  expect(outage.health().ok).toBe(true)
})
