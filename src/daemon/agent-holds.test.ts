import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import type { OrchestratorEvent } from '../domain/events.ts'
import type { HoldingCode } from '../scheduler/holds.ts'
import { AgentHolds } from './agent-holds.ts'

const NOW = Date.parse('2026-11-20T09:00:00Z')

let folder: string
let path: string
let events: OrchestratorEvent[]
const log = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() }
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holds-'))
  path = join(folder, 'holds.json')
  events = []
  log.error.mockClear()
})
afterEach(() => rm(folder, { recursive: true }))

function open(at = path): AgentHolds {
  return new AgentHolds(at, { event: (event) => events.push(event), progress: () => undefined }, log)
}

function meets(code: HoldingCode, agent = 'claude', started = NOW) {
  return { agent, started, trouble: { code, message: `met ${code}`, resetsAt: NOW + 60_000 } }
}

const CLAUDE = { agent: 'claude', code: 'usage_limit', message: 'met usage_limit', since: NOW, until: NOW + 62_000, strikes: 1 }

test('a hold is told and kept for the next daemon', async () => {
  open().learn(meets('usage_limit'), NOW)

  expect(events).toEqual([
    { event: 'agent_held', agent: 'claude', code: 'usage_limit', until: '2026-11-20T09:01:02.000Z', message: 'met usage_limit' },
  ])
  const next = open()
  expect(next.all()).toEqual([CLAUDE])
  expect(next.of('claude')).toEqual(CLAUDE)
  expect(next.of('codex')).toBeUndefined()
  expect(await readdir(folder)).toEqual(['holds.json'])
})

test('what changes nothing is neither told nor written', async () => {
  const holds = open()
  holds.learn({ agent: 'claude', started: NOW, trouble: undefined }, NOW)
  expect(await readdir(folder)).toEqual([])
  holds.learn(meets('usage_limit'), NOW)
  holds.learn(meets('usage_limit', 'claude', NOW - 1), NOW)
  holds.learn({ agent: 'claude', started: NOW - 1, trouble: undefined }, NOW)
  expect(events).toHaveLength(1)
})

test('a probe that gets through lifts it, and the file forgets it too', async () => {
  const holds = open()
  holds.learn(meets('usage_limit'), NOW)
  holds.learn(meets('overloaded', 'codex'), NOW)
  holds.learn({ agent: 'claude', started: CLAUDE.until, trouble: undefined }, CLAUDE.until + 1)

  expect(events.at(-1)).toEqual({ event: 'agent_released', agent: 'claude' })
  expect(open().all()).toEqual(holds.all())
  expect(holds.all()).toMatchObject([{ agent: 'codex' }])
})

test('forgiving lifts all holds, or those of some kinds', () => {
  const holds = open()
  holds.learn(meets('usage_limit'), NOW)
  holds.learn(meets('auth_failed', 'codex'), NOW)
  holds.forgive(['auth_failed', 'agent_missing'])
  expect(holds.all()).toEqual([CLAUDE])
  holds.forgive()
  expect([holds.all(), open().all()]).toEqual([[], []])
  expect(events.map((event) => ('agent' in event ? `${event.event} ${event.agent}` : event.event))).toEqual([
    'agent_held claude',
    'agent_held codex',
    'agent_released codex',
    'agent_released claude',
  ])
})

test.each([
  ['torn', JSON.stringify([CLAUDE]).slice(0, -9)],
  ['empty', ''],
  ['of another form', '{"claude":true}'],
  ['of a kind that does not exist', JSON.stringify([{ ...CLAUDE, code: 'bored' }])],
])('a file that is %s holds nothing', async (_what, text) => {
  await writeFile(path, text)
  expect(open().all()).toEqual([])
})

test('a disk that refuses the file is told to the log, and the hold stands all the same', async () => {
  const holds = open(join(folder, 'gone', 'holds.json'))
  holds.learn(meets('usage_limit'), NOW)
  expect(holds.all()).toEqual([CLAUDE])
  expect(events).toHaveLength(1)
  expect(log.error).toHaveBeenCalledOnce()
})

test('the file is JSON that a person can read', async () => {
  open().learn(meets('usage_limit'), NOW)
  expect(await readFile(path, 'utf8')).toBe(`${JSON.stringify([CLAUDE], null, 2)}\n`)
})

test('a clock that is set back shortens a hold of our own making, which is told and kept', () => {
  const now = vi.spyOn(Date, 'now').mockReturnValue(NOW)
  onTestFinished(() => now.mockRestore())
  const holds = open()
  holds.learn({ agent: 'claude', started: NOW, trouble: { code: 'usage_limit', message: 'met', resetsAt: undefined } }, NOW)
  const before = NOW - 3_600_000
  now.mockReturnValue(before)
  expect(holds.of('claude')).toMatchObject({ until: before + 300_000 })
  expect(events).toMatchObject([{ until: '2026-11-20T09:05:00.000Z' }, { event: 'agent_held', until: '2026-11-20T08:05:00.000Z' }])
  expect(open().all()).toEqual(holds.all())
  expect(events).toHaveLength(2)
})
