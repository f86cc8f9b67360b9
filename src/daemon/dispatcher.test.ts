import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type FileHome, makeFileHome } from '../../test/helpers/cli-home.ts'
import { exampleConfig, exampleQuestion } from '../../test/helpers/examples.ts'
import { makeRooms } from '../../test/helpers/rooms.ts'
import { until } from '../../test/helpers/until.ts'
import { type AttemptEnd, NO_REPORT } from '../domain/attempt.ts'
import { failure } from '../domain/errors.ts'
import type { AttemptRequest } from '../executors/contract.ts'
import { waitingFile } from '../inbox/park.ts'
import { writeQuestions } from '../inbox/questions.ts'
import { takeIn } from '../pipeline/intake.ts'
import type { Rooms } from '../pipeline/rooms.ts'
import { AgentHolds } from './agent-holds.ts'
import { Dispatcher } from './dispatcher.ts'
import { Spending } from './spending.ts'

const DONE: AttemptEnd = { ok: true, report: { ...NO_REPORT, output: 'Done.', turns: 1, costUsd: 0.25 } }
const REFUSED: AttemptEnd = { ok: false, failure: failure('refused'), report: NO_REPORT }
const CUT_OFF: AttemptEnd = { ok: undefined, started: true, report: NO_REPORT }

/** An attempt under way. */
interface Attempt {
  readonly runId: string
  end(end: AttemptEnd): void
}

let home: FileHome
let rooms: Rooms
let dispatcher: Dispatcher
let spending: Spending
let running: Map<string, Attempt>
const parked = vi.fn()
const told = vi.fn()

beforeEach(() => {
  vi.resetAllMocks()
  home = makeFileHome()
  running = new Map()
  rooms = makeRooms(home.paths, { attempt, event: told, config: () => exampleConfig(home.home, { DAILY_BUDGET_USD: '10' }) })
  const holds = new AgentHolds(home.paths.holds, rooms.bus, rooms.log)
  spending = new Spending(home.paths.spending, rooms.log)
  dispatcher = new Dispatcher(rooms, { holds, spending, onChange: () => undefined, onParked: parked, nextDeadline: () => undefined })
})
afterEach(async () => {
  dispatcher.interrupt()
  await rest()
  home[Symbol.dispose]()
})

function attempt({ spec: { taskId, runId } }: AttemptRequest, signal: AbortSignal): Promise<AttemptEnd> {
  return new Promise<AttemptEnd>((end) => {
    running.set(taskId, { runId, end })
    signal.addEventListener('abort', () => end(CUT_OFF))
  }).finally(() => running.delete(taskId))
}

async function put(id: string, head = ''): Promise<void> {
  writeFileSync(join(home.paths.tasks, `${id}.task.md`), `---\nid: ${id}\ntype: analyze\n${head}---\nDo it.\n`)
  const intake = await takeIn({ name: `${id}.task.md`, modified: new Date(), since: new Date() }, rooms)
  if (intake.kind !== 'candidate') throw new Error(`${id} is ${intake.kind}`)
  dispatcher.put(intake.candidate)
}

const runs = (...ids: string[]) => until(() => expect([...running.keys()].sort()).toEqual(ids))
const rest = () => until(() => expect(dispatcher.seats.size).toBe(0))
const end = (id: string, how: AttemptEnd = DONE) => running.get(id)?.end(how)

/** Has the agent of a task ask, and end its turn. */
async function ask(id: string): Promise<void> {
  await runs(id)
  await writeQuestions(home.paths, id, [exampleQuestion({ task_id: id, run_id: running.get(id)?.runId ?? '' })])
  end(id)
}

test('starts nothing before it is opened, then the best task in every slot, and the next when a slot is free', async () => {
  await put('low', 'priority: low\n')
  await put('medium')
  await put('high', 'priority: high\n')
  dispatcher.kick()
  expect([dispatcher.seats.size, dispatcher.queue.size]).toEqual([0, 3])
  dispatcher.open()
  await runs('high', 'medium')
  end('medium')
  await runs('high', 'low')
  end('high')
  end('low', REFUSED)
  await rest()
  expect(dispatcher.tally).toEqual({ completed: 2, failed: 1, cancelled: 0, interrupted: 0 })
})

test('what a task may spend is set aside while it runs, and what it has spent is gone', async () => {
  const left = () => spending.budget(10, 1, new Date()).leftUsd
  await put('a', 'max_budget_usd: 4\n')
  dispatcher.open()
  await runs('a')
  expect(left()).toBe(6)
  end('a')
  await rest()
  expect(left()).toBe(9.75)
})

test('what depends on a task that failed fails with it, one after the other', async () => {
  await put('base')
  await put('needs', 'depends_on: [base]\n')
  await put('last', 'depends_on: [needs]\n')
  dispatcher.open()
  await runs('base')
  end('base', REFUSED)
  await until(() =>
    expect(['needs', 'last'].map((id) => rooms.results.read(id)?.failure?.code)).toEqual(Array(2).fill('dependency_failed')),
  )
})

test('starts nothing while it is paused, and nothing more once it drains', async () => {
  dispatcher.open()
  dispatcher.paused = true
  for (const id of ['a', 'b', 'c']) await put(id)
  dispatcher.kick()
  expect([dispatcher.seats.size, dispatcher.comesSoon]).toEqual([0, false])
  dispatcher.paused = false
  await runs('a', 'b')
  dispatcher.drain()
  end('a')
  end('b')
  await rest()
  expect(Array.from(dispatcher.explain(), ({ candidate, blocker }) => [candidate.taskId, blocker])).toEqual([['c', undefined]])
  expect(dispatcher.comesSoon).toBe(true)
})

test('what is interrupted goes on at the next start', async () => {
  await put('a')
  dispatcher.open()
  await runs('a')
  dispatcher.interrupt()
  await rest()
  expect(dispatcher.tally).toEqual({ completed: 0, failed: 0, cancelled: 0, interrupted: 1 })
})

describe('a task whose agent asks', () => {
  beforeEach(async () => {
    await put('a')
    dispatcher.open()
    await ask('a')
  })

  test('holds no slot until it is to go on', async () => {
    await until(() => expect(parked).toHaveBeenCalledExactlyOnceWith('a'))
    expect([dispatcher.seats.size, [...dispatcher.parked.ids], existsSync(waitingFile(home.paths, 'a'))]).toEqual([0, ['a'], true])
    await writeQuestions(home.paths, 'a', [])
    await Promise.all([dispatcher.goOn('a'), dispatcher.goOn('a')])
    await runs('a')
    end('a')
    await rest()
    expect(dispatcher.tally.completed).toBe(1)
  })

  test('is as if it had never waited for what depends on it', async () => {
    await until(() => expect(parked).toHaveBeenCalled())
    await put('needs', 'depends_on: [a]\n')
    const [{ blocker } = {}] = dispatcher.explain()
    expect(blocker).toEqual({ kind: 'depends_on', id: 'a', state: 'pending' })
  })
})

describe('cancel', () => {
  const message = 'The task was cancelled by me.'

  test('ends what is queued at once', async () => {
    await put('a')
    expect(await dispatcher.cancel('a', 'me')).toBe(true)
    expect(rooms.results.read('a')?.failure).toMatchObject({ code: 'cancelled', message })
    expect(dispatcher.queue.size).toBe(0)
  })

  test('stops what runs', async () => {
    await put('a')
    dispatcher.open()
    await runs('a')
    const signal = dispatcher.seats.of('a')?.stop.signal
    expect(await dispatcher.cancel('a', 'me')).toBe(true)
    expect(signal?.reason).toEqual({ cause: 'cancelled', by: 'me' })
  })

  test('ends what is just being parked', async () => {
    told.mockImplementation(({ event }) => event === 'parked' && void dispatcher.cancel('a', 'me'))
    await put('a')
    dispatcher.open()
    await ask('a')
    await until(() => expect(rooms.results.read('a')?.failure).toMatchObject({ code: 'cancelled', message }))
    expect([parked.mock.calls, [...dispatcher.parked.ids]]).toEqual([[], []])
  })

  test('ends what waits for an answer, also while it is on its way back', async () => {
    await put('a')
    dispatcher.open()
    await ask('a')
    await until(() => expect(parked).toHaveBeenCalled())
    dispatcher.paused = true
    const gone = dispatcher.goOn('a')
    expect(await dispatcher.cancel('a', 'me')).toBe(true)
    await gone
    expect(rooms.results.read('a')?.failure).toMatchObject({ code: 'cancelled', message })
  })

  test('finds nothing where the task does none of that, and says so where the disk refuses', async () => {
    expect(await dispatcher.cancel('nobody', undefined)).toBe(false)
    await put('a')
    vi.spyOn(rooms.ids, 'take').mockRejectedValueOnce(Object.assign(new Error('ENOSPC: full'), { code: 'ENOSPC' }))
    await expect(dispatcher.cancel('a', undefined)).rejects.toThrow('a cannot be moved: ENOSPC: full')
    expect(dispatcher.queue.size).toBe(1)
  })
})
