import { readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { tellDaemon } from '../../src/control/client.ts'
import { type Home, type HomeOptions, makeHome } from '../helpers/home.ts'
import { needs } from '../helpers/needs.ts'
import { type Call, callsIn, makeStandInHome, optionOf, release, taskFile, tasksOf } from '../helpers/stand-in.ts'
import { until } from '../helpers/until.ts'

const reader = (head: Readonly<Record<string, unknown>>, prompt = 'Do it.') => taskFile({ type: 'analyze', ...head }, prompt)
const line = (json: object) => `${JSON.stringify(json)}\n`
const INIT = line({ type: 'system', subtype: 'init', session_id: 'talk-1', model: 'm' })
const TURN = line({ type: 'assistant', message: { id: 'm1', content: [{ type: 'text', text: 'At work.' }] }, parent_tool_use_id: null })

/** The end of a call that cost so much. */
function ended(usd: number, over: object = {}): string {
  const spent = { m: { inputTokens: 1, outputTokens: 1, costUSD: usd } }
  const end = { subtype: 'success', is_error: false, terminal_reason: 'completed', result: 'Done.' }
  return INIT + TURN + line({ type: 'result', num_turns: 1, ...end, ...over, model_usage_since_last_result: spent })
}

const USED_UP = { subtype: 'error_max_budget_usd', is_error: true, terminal_reason: 'budget_exhausted', errors: ['Reached maximum budget'] }

/** A home whose `claude` plays these recordings, one a call. */
async function makeReplayHome(recordings: readonly string[], options: HomeOptions): Promise<Home> {
  const home = await makeHome({ ...options, programs: { claude: resolve(import.meta.dirname, '../fixtures/agents/replays.sh') } })
  for (const [index, text] of recordings.entries()) await writeFile(join(home.env.HOME ?? '', `${index + 1}.ndjson`), text)
  return home
}

/** What each call was allowed to spend, and which session it went on with. */
async function calls(home: Home): Promise<{ usd: number; resume: string | undefined }[]> {
  const lines = (await readFile(join(home.env.HOME ?? '', 'arguments'), 'utf8')).trimEnd().split('\n')
  return lines.map((args) => ({ usd: Number(/--max-budget-usd (\S+)/.exec(args)?.[1]), resume: /--resume (\S+)/.exec(args)?.[1] }))
}

const USED_UP_BY_WHAT_WAS_CUT_OFF =
  'The budget of $0.6 is used up by earlier attempts; one that was cut off before it told its cost counts with all that it was given.'

/** What the file says that the day has spent, and what is set aside of it. */
async function spending(home: Home): Promise<{ day: string; usd: number; set_aside?: Record<string, number> }> {
  return JSON.parse(await readFile(home.paths.spending, 'utf8'))
}

async function callsFor(home: Home, id: string): Promise<readonly Call[]> {
  const { run_id } = await home.waitForResult(id)
  return (await callsIn(home)).filter(({ run }) => run === run_id)
}

/** What each call for a task was allowed to spend. */
async function budgetsFor(home: Home, id: string): Promise<number[]> {
  return (await callsFor(home, id)).map((call) => Number(optionOf(call, '--max-budget-usd')))
}

/** The session that each call for a task went on with. */
async function resumedFor(home: Home, id: string): Promise<(string | undefined)[]> {
  return (await callsFor(home, id)).map((call) => optionOf(call, '--resume'))
}

describe('the budget of a run', () => {
  const TASKS = {
    shared: reader({ max_budget_usd: 0.6 }, 'play: usd=0.15 status=500 first=2'),
    overdrawn: reader({ max_budget_usd: 0.6 }, 'play: usd=0.7 status=500'),
    'cut-off': reader({ max_budget_usd: 0.6 }, 'play: exit=3'),
    reported: reader({ max_budget_usd: 0.6 }, 'play: usd=0.7 spent=1'),
  }
  let home: Home
  beforeAll(async () => {
    const files = Object.fromEntries(Object.entries(TASKS).map(([id, text]) => [`tasks/${id}.task.md`, text]))
    home = await makeStandInHome({ env: { DAILY_BUDGET_USD: '5' }, files })
    expect(await home.run(['start', '--once'])).toMatchObject({ code: 1 })
  })
  afterAll(() => home[Symbol.asyncDispose]())

  test('is that of all its attempts: each gets what the earlier ones left', async () => {
    const result = await home.waitForResult('shared')
    expect(result).toMatchObject({ status: 'completed', attempts: [{ cost_usd: 0.15 }, { cost_usd: 0.15 }, { cost_usd: 0.15 }] })
    expect(result.cost_usd).toBeCloseTo(0.45)
    expect(await budgetsFor(home, 'shared')).toEqual([0.6, expect.closeTo(0.45), expect.closeTo(0.3)])
  })

  test('that is used up ends it, with what was spent, and no further attempt is made', async () => {
    const result = await home.waitForResult('overdrawn')
    expect(result).toMatchObject({
      status: 'failed',
      failure: { code: 'max_budget', message: 'The budget of $0.6 is used up by earlier attempts.', retryable: false },
      cost_usd: 0.7,
      attempts: [{ outcome: 'api_error' }],
    })
    expect(await budgetsFor(home, 'overdrawn')).toEqual([0.6])
  })

  test('is used up by an attempt that is cut off before it told its cost, and the result tells only what is known', async () => {
    expect(await home.waitForResult('cut-off')).toMatchObject({
      failure: { code: 'max_budget', message: USED_UP_BY_WHAT_WAS_CUT_OFF, retryable: false },
      cost_usd: null,
      attempts: [{ outcome: 'agent_crashed', cost_usd: null }],
    })
    expect(await budgetsFor(home, 'cut-off')).toEqual([0.6])
  })

  test('that the agent reports as reached is final as well, whatever the day has left', async () => {
    expect(await home.waitForResult('reported')).toMatchObject({ failure: { code: 'max_budget' }, cost_usd: 0.7, attempts: [{}] })
    expect(await budgetsFor(home, 'reported')).toEqual([0.6])
  })
})

describe('a kill of the daemon', needs('posix'), () => {
  let home: Home
  let day: string
  let killed: Awaited<ReturnType<typeof spending>>
  beforeAll(async () => {
    home = await makeStandInHome({
      env: { DAILY_BUDGET_USD: '1' },
      files: {
        'tasks/cut-off.task.md': reader({ max_budget_usd: 0.6, priority: 'high' }, 'play: until=never'),
        'tasks/again.task.md': reader({ max_budget_usd: 0.3, priority: 'high' }, 'play: turns=2 usd=0.25 status=500 first=1'),
      },
    })
    const daemon = home.start(['start'])
    await until(async () => expect(await callsIn(home)).toHaveLength(2))
    await until(async () => expect(tasksOf(await home.events(), 'retry')).toEqual(['again']))
    await daemon.stop('SIGKILL')
    killed = await spending(home)
    day = killed.day
    await home.drop('next', reader({ max_budget_usd: 0.6 }))
    for (const code of [1, 75]) expect(await home.run(['start', '--once'])).toMatchObject({ code })
  })
  afterAll(() => home[Symbol.asyncDispose]())

  test('cuts off an attempt, which counts for run and day with all that it was given, over every further restart', async () => {
    expect(killed).toEqual({ day, usd: 0.25, set_aside: { 'cut-off.task.md': 0.6 } })
    expect(await home.waitForResult('cut-off')).toMatchObject({
      failure: { message: USED_UP_BY_WHAT_WAS_CUT_OFF },
      attempts: [{ outcome: 'interrupted' }],
    })
    expect(await budgetsFor(home, 'cut-off')).toEqual([0.6])
    expect(await spending(home)).toEqual({ day, usd: expect.closeTo(0.6 + 0.25 + 0.25) })
    expect(await home.stateOf('next')).toBe('queued')
  })

  test('leaves a run that goes on to ask of the day only what it has left itself', async () => {
    const { status, session_id, attempts } = await home.waitForResult('again')
    expect({ status, attempts: attempts.length }).toEqual({ status: 'completed', attempts: 2 })
    expect(await resumedFor(home, 'again')).toEqual([undefined, session_id])
    expect(await budgetsFor(home, 'again')).toEqual([0.3, expect.closeTo(0.05)])
  })
})

describe('an attempt that is cut off before it told its cost', () => {
  test.concurrent('leaves its run what it was not given', async () => {
    await using home = await makeStandInHome({
      env: { DAILY_BUDGET_USD: '0.5', MAX_CONCURRENT_TASKS: '1' },
      files: { 'tasks/a.task.md': reader({ max_budget_usd: 0.6 }, 'play: exit=3 first=1') },
    })
    expect(await home.run(['start', '--once'])).toMatchObject({ code: 75 })
    const { usd } = JSON.parse(await readFile(home.paths.spending, 'utf8'))
    expect(usd).toBe(0.5)
    await writeFile(home.paths.spending, JSON.stringify({ day: '2020-01-01', usd }))
    expect(await home.run(['start', '--once'])).toMatchObject({ code: 0 })
    expect(await home.waitForResult('a')).toMatchObject({ status: 'completed', attempts: [{ outcome: 'agent_crashed' }, {}] })
    const budgets = (await callsIn(home)).map((call) => Number(optionOf(call, '--max-budget-usd')))
    expect(budgets).toEqual([0.5, expect.closeTo(0.1)])
  })

  test.concurrent('counts nothing where its conversation had not begun', async () => {
    await using home = await makeStandInHome({
      env: { AGENT_START_SEC: '1', MAX_RETRIES: '1' },
      files: { 'tasks/a.task.md': reader({ max_budget_usd: 0.6 }, 'play: mute=60000') },
    })
    expect(await home.run(['start', '--once'])).toMatchObject({ code: 1 })
    expect(await home.waitForResult('a')).toMatchObject({ failure: { code: 'no_output' }, attempts: [{}, {}] })
  })
})

describe('the budget of a day', () => {
  test('is set aside before a start: two tasks that it could not pay for do not run at once', async () => {
    await using home = await makeStandInHome({
      env: { DAILY_BUDGET_USD: '1' },
      files: {
        'tasks/a.task.md': reader({ max_budget_usd: 0.6, priority: 'high' }, 'play: until=go'),
        'tasks/b.task.md': reader({ max_budget_usd: 0.6 }),
      },
    })
    const daemon = home.start(['start'])
    await daemon.until(/watching/)
    await until(async () => expect(await callsIn(home)).toHaveLength(1))

    const reason = /of the daily budget of \$1 only \$0\.40 is left; the next day begins in /
    expect((await home.run(['why', 'b'])).stdout).toMatch(new RegExp(`^b is queued: ${reason.source}.*\\n$`))
    const status = JSON.parse((await home.run(['status', '--json'])).stdout)
    expect(status.holds).toMatchObject([{ kind: 'daily_budget', reason: expect.stringMatching(reason), until: expect.any(String) }])
    expect(status.queued).toMatchObject([{ id: 'b', waits_for: expect.stringMatching(reason) }])

    await release(home, 'go')
    expect(await home.waitForResult('b')).toMatchObject({ status: 'completed' })
    const budgets = (await callsIn(home)).map((call) => optionOf(call, '--max-budget-usd'))
    expect(budgets).toEqual(['0.6', '0.6'])
    expect((await tellDaemon(home.paths, 'status', {})).holds).toEqual([])
  })

  test('that is reached holds the queue over restarts, with status 75, until the next day or a larger budget', async () => {
    const files = Object.fromEntries(['a', 'b', 'c', 'd'].map((id) => [`tasks/${id}.task.md`, reader({ max_budget_usd: 0.25 })]))
    await using home = await makeStandInHome({ env: { MAX_CONCURRENT_TASKS: '1' }, files: { ...files, '.env': 'DAILY_BUDGET_USD=0.3\n' } })
    expect(await home.run(['start', '--once'])).toMatchObject({
      code: 75,
      stdout: expect.stringContaining('1 completed, 0 failed, 3 still queued'),
    })
    expect(await home.run(['start', '--once'])).toMatchObject({ code: 75 })
    expect(tasksOf(await home.events(), 'claude_started')).toEqual(['a'])

    const spent = JSON.parse(await readFile(home.paths.spending, 'utf8'))
    expect(spent).toEqual({ day: expect.stringMatching(/^\d{4}-\d\d-\d\d$/), usd: 0.25 })
    await writeFile(home.paths.spending, JSON.stringify({ ...spent, day: '2020-01-01' }))
    await home.start(['start']).until(/watching/)
    expect(await home.waitForResult('b')).toMatchObject({ status: 'completed' })
    expect((await home.run(['why', 'd'])).stdout).toMatch(/^d is queued: of the daily budget of \$0\.3 only \$0\.05 is left/)
    await writeFile(home.paths.env, 'DAILY_BUDGET_USD=5\n')
    expect(await home.waitForResult('d')).toMatchObject({ status: 'completed' })
  })

  test('that runs out in the middle of a task does not fail it: it goes on in its session another day', needs('posix'), async () => {
    await using home = await makeReplayHome([ended(0.5, USED_UP), ended(0.1)], {
      env: { DAILY_BUDGET_USD: '0.4', MAX_CONCURRENT_TASKS: '1', MAX_RETRIES: '0' },
      files: { 'tasks/a.task.md': reader({}) },
    })
    expect(await home.run(['start', '--once'])).toMatchObject({ code: 75, stdout: expect.stringContaining('0 failed, 1 still queued') })
    expect(await home.stateOf('a')).toBe('running')
    const { usd } = JSON.parse(await readFile(home.paths.spending, 'utf8'))
    expect(usd).toBe(0.5)
    await writeFile(home.paths.spending, JSON.stringify({ day: '2020-01-01', usd }))

    expect(await home.run(['start', '--once'])).toMatchObject({ code: 0 })
    expect(await home.waitForResult('a')).toMatchObject({ status: 'completed', cost_usd: 0.6, attempts: [{ outcome: 'daily_budget' }, {}] })
    expect(await calls(home)).toEqual([
      { usd: 0.4, resume: undefined },
      { usd: 0.4, resume: 'talk-1' },
    ])
  })
})
