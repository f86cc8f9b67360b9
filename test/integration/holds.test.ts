import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { tellDaemon } from '../../src/control/client.ts'
import type { LoggedEvent } from '../../src/domain/events.ts'
import type { TaskResult } from '../../src/domain/result.ts'
import { type Home, type HomeOptions, makeHome } from '../helpers/home.ts'
import { needs } from '../helpers/needs.ts'
import { callsIn, makeStandInHome, namesOf, optionOf, release, taskFile, tasksOf } from '../helpers/stand-in.ts'
import { until } from '../helpers/until.ts'

const reader = (prompt: string, head: Readonly<Record<string, unknown>> = {}) => taskFile({ type: 'analyze', ...head }, prompt)

test('a rate limit costs no retry, and holds the agent but no other until one task got through', async () => {
  await using home = await makeStandInHome({
    env: { MAX_CONCURRENT_TASKS: '1', MAX_RETRIES: '0' },
    files: {
      'tasks/a.task.md': reader('play: status=429 first=1', { priority: 'high' }),
      'tasks/b.task.md': reader('Do it.'),
      'tasks/other.task.md': reader('demo: succeed 20ms', { agent: 'demo', priority: 'low' }),
    },
  })

  expect(await home.run(['start', '--once'])).toMatchObject({ code: 0 })

  expect(await home.waitForResult('a')).toMatchObject({
    status: 'completed',
    attempts: [{ outcome: 'rate_limited' }, { outcome: 'completed' }],
  })
  const events = (await home.events()).filter(({ event }) => /_started$|^agent_/.test(event) && event !== 'daemon_started')
  expect(events.map((event) => ('task_id' in event ? `${event.event} ${event.task_id}` : event.event))).toEqual([
    'claude_started a',
    'agent_held',
    'demo_started other',
    'claude_started a',
    'agent_released',
    'claude_started b',
  ])
})

test('an agent that is not logged in fails one task and holds the rest, over a restart too, until somebody resumes', async () => {
  await using home = await makeStandInHome({
    env: { MAX_CONCURRENT_TASKS: '1' },
    files: { 'tasks/a.task.md': reader('play: status=401'), 'tasks/b.task.md': reader('Do it.'), 'tasks/c.task.md': reader('Do it.') },
  })

  expect(await home.run(['start', '--once'])).toMatchObject({ code: 1, stdout: expect.stringContaining('1 failed, 2 still queued') })
  expect(await home.waitForResult('a')).toMatchObject({ status: 'failed', failure: { code: 'auth_failed' }, attempts: [{}] })

  await home.start(['start']).until(/watching/)
  const { holds, queued } = await tellDaemon(home.paths, 'status', {})
  const hold = { kind: 'agent', agent: 'claude', code: 'auth_failed', until: expect.stringMatching(/^20.*Z$/) }
  expect(holds).toEqual([{ ...hold, reason: expect.stringMatching(/claude is held until .*auth_failed/) }])
  expect(queued).toMatchObject([{ id: 'b', waitsFor: expect.stringContaining('auth_failed') }, { id: 'c' }])
  expect(await callsIn(home)).toHaveLength(1)

  expect(await home.run(['resume'])).toMatchObject({ code: 0 })
  await home.waitForResult('b')
  expect(await home.waitForResult('c')).toMatchObject({ status: 'completed' })
})

test('a new login in .env lifts that hold', needs('bwrap'), async () => {
  await using home = await makeStandInHome({ files: { 'tasks/a.task.md': reader('play: status=401') } })
  await home.start(['start']).until(/watching/)
  await home.waitForResult('a')
  await home.drop('b', reader('Do it.'))
  await until(async () => expect(await tellDaemon(home.paths, 'status', {})).toMatchObject({ queuedCount: 1 }))
  await writeFile(home.paths.env, 'ANTHROPIC_API_KEY=sk-ant-another-made-up-key\n')

  expect(await home.waitForResult('b')).toMatchObject({ status: 'completed' })
  expect((await callsIn(home)).at(-1)?.env).toMatchObject({ ANTHROPIC_API_KEY: 'sk-ant-another-made-up-key' })
})

test('the budget of a day is shared out, and what it cannot pay for waits', async () => {
  await using home = await makeStandInHome({
    env: { MAX_CONCURRENT_TASKS: '1', DAILY_BUDGET_USD: '0.4' },
    files: { 'tasks/a.task.md': reader('Do it.'), 'tasks/b.task.md': reader('Do it.'), 'tasks/c.task.md': reader('Do it.') },
  })

  expect(await home.run(['start', '--once'])).toMatchObject({
    code: 75,
    stdout: expect.stringContaining('2 completed, 0 failed, 1 still queued'),
  })
  const budgets = (await callsIn(home)).map((call) => Number(optionOf(call, '--max-budget-usd')))
  expect(budgets).toEqual([0.4, expect.closeTo(0.15)])
  expect(await home.run(['start', '--once'])).toMatchObject({ code: 75 })
  expect(tasksOf(await home.events(), 'claude_started')).toEqual(['a', 'b'])
  expect(namesOf(await home.events('c'))).toEqual([])
})

/** A home whose `claude` meets a usage limit when it is told to. */
function makeLimitedHome(tasks: number, env: Readonly<Record<string, string>>): Promise<Home> {
  const files = Array.from({ length: tasks }, (_, index) => [`tasks/t${String(index).padStart(3, '0')}.task.md`, reader('Do it.')])
  return makeHome({
    files: Object.fromEntries(files),
    env,
    programs: { claude: resolve(import.meta.dirname, '../fixtures/agents/limited.sh') },
  })
}

/** Lets every attempt that ends from now on meet the limit, until a time and named to end at a time; in seconds from now. */
async function strike(home: Home, until: number, named = until): Promise<number> {
  const now = Math.floor(Date.now() / 1000)
  const path = join(home.env.HOME ?? '', 'limit')
  await writeFile(`${path}.new`, `${now + until} ${now + named}\n`)
  await rename(`${path}.new`, path)
  return (now + until) * 1000
}

/** Has the hold that is kept end in a moment, as if its time had nearly passed; milliseconds. */
async function bringNear(home: Home): Promise<number> {
  const end = Date.now() + 1_500
  const [hold] = JSON.parse(await readFile(home.paths.holds, 'utf8'))
  await writeFile(home.paths.holds, JSON.stringify([{ ...hold, until: end }]))
  return end
}

const isLimit = (event: LoggedEvent) => event.event === 'claude_finished' && 'outcome' in event && event.outcome === 'usage_limit'
const count = (events: readonly LoggedEvent[], name: string) => namesOf(events).filter((one) => one === name).length

async function untilEvents(home: Home, isSo: (events: readonly LoggedEvent[]) => boolean): Promise<void> {
  await until(async () => expect(isSo(await home.events())).toBe(true))
}

/** Waits until so many tasks have completed; long, since they are many. */
async function untilArchived(home: Home, count: number): Promise<void> {
  await until(async () => expect((await readdir(home.paths.processed)).length).toBeGreaterThanOrEqual(count), 1_500_000)
}

async function allResults(home: Home): Promise<TaskResult[]> {
  const names = await readdir(home.paths.results)
  return Promise.all(names.map(async (name) => JSON.parse(await readFile(join(home.paths.results, name), 'utf8'))))
}

describe('a usage limit', needs('posix'), () => {
  test('over 150 queued tasks is met by those that ran and one probe, over a restart too; none fails and all complete', async () => {
    const CONCURRENCY = 8
    await using home = await makeLimitedHome(150, { MAX_CONCURRENT_TASKS: String(CONCURRENCY), MAX_RETRIES: '0' })
    const first = home.start(['start'])
    await untilArchived(home, 30)
    const named = await strike(home, 600)
    await untilEvents(
      home,
      (events) => count(events, 'agent_held') > 0 && count(events, 'claude_started') === count(events, 'claude_finished'),
    )

    const reason = expect.stringMatching(/^claude is held until 20.*usage_limit: You've hit your limit/)
    const status = JSON.parse((await home.run(['status', '--json'])).stdout)
    expect(status.holds).toMatchObject([{ kind: 'agent', agent: 'claude', code: 'usage_limit', reason }])
    expect(Date.parse(status.holds[0].until)).toBeGreaterThanOrEqual(named)
    expect((await home.run(['why', 't149'])).stdout).toMatch(/^t149 is queued: claude is held until .*usage_limit.*\n$/)
    expect(await first.stop()).toMatchObject({ code: 0 })

    const second = home.start(['start'])
    await second.until(/watching/)
    expect(JSON.parse((await home.run(['status', '--json'])).stdout).holds).toMatchObject([{ kind: 'agent', reason }])
    expect(await second.stop()).toMatchObject({ code: 0 })

    await rm(join(home.env.HOME ?? '', 'limit'))
    const end = await bringNear(home)
    const third = home.start(['start'])
    await untilArchived(home, 150)
    expect(await third.stop()).toMatchObject({ code: 0 })

    const events = await home.events()
    const heldAt = events.findIndex(({ event }) => event === 'agent_held')
    const met = events.filter(isLimit)
    expect(met.length).toBeGreaterThan(0)
    expect(met.length).toBeLessThanOrEqual(CONCURRENCY)
    expect(
      events.filter(
        ({ event, ts }) => event === 'claude_started' && Date.parse(ts) > Date.parse(events[heldAt]?.ts ?? '') && Date.parse(ts) < end,
      ),
    ).toEqual([])
    const released = events.findIndex(({ event }) => event === 'agent_released')
    const afterwards = events.slice(heldAt).filter(({ event }) => event === 'claude_started' || event === 'agent_released')
    expect(namesOf(afterwards).slice(0, 3)).toEqual(['claude_started', 'agent_released', 'claude_started'])
    expect(events.slice(released).some(isLimit)).toBe(false)

    const results = await allResults(home)
    expect(results.filter(({ status }) => status === 'completed')).toHaveLength(150)
    const outcomes = results.flatMap(({ attempts }) => attempts.map(({ outcome }) => outcome))
    expect(outcomes.filter((outcome) => outcome !== 'completed')).toEqual(met.map(() => 'usage_limit'))
    expect(outcomes).toHaveLength(150 + met.length)
  })

  test.concurrent('that still stands when one task tries arms the hold again, and that was the only one to meet it', async () => {
    await using home = await makeLimitedHome(1, { MAX_CONCURRENT_TASKS: '2', MAX_RETRIES: '0' })
    await strike(home, 600, 1)
    const daemon = home.start(['start'])
    await untilEvents(home, (events) => count(events, 'agent_held') === 1)
    // They come when the limit was met: one that was at work then would meet it without being a probe.
    for (let at = 1; at < 8; at += 1) await home.drop(`t00${at}`, reader('Do it.'))
    await untilEvents(home, (events) => count(events, 'agent_held') === 2)
    await rm(join(home.env.HOME ?? '', 'limit'))
    await untilArchived(home, 8)
    expect(await daemon.stop()).toMatchObject({ code: 0 })

    const story = (await home.events()).filter(({ event }) => /^agent_|^claude_/.test(event))
    const finished = story.filter(({ event }) => event === 'claude_finished')
    const met = finished.filter(isLimit)
    const holds = story.filter(({ event }) => event === 'agent_held')
    expect(holds.length).toBeGreaterThanOrEqual(2)
    const behindFirst = story.slice(story.findIndex(({ event }) => event === 'agent_held') + 1)
    const probes = namesOf(behindFirst.slice(behindFirst.findIndex(({ event }) => event === 'claude_started')))
    const released = probes.indexOf('agent_released')
    const again = ['claude_started', 'claude_finished', 'agent_held']
    expect(probes.slice(0, released + 1)).toEqual([
      ...Array.from({ length: holds.length - 1 }, () => again).flat(),
      'claude_started',
      'claude_finished',
      'agent_released',
    ])
    expect(finished).toHaveLength(8 + met.length)
    expect((await allResults(home)).map(({ status }) => status)).toEqual(Array(8).fill('completed'))
  })

  test.concurrent('that lasts longer than a minute ends an unattended run with status 75, and the next one starts nothing', async () => {
    await using home = await makeLimitedHome(3, { MAX_CONCURRENT_TASKS: '1' })
    await strike(home, 600)
    const { code, stdout } = await home.run(['start', '--once'])
    expect(code).toBe(75)
    expect(stdout).toMatch(
      /\n· t000 waits: claude is held until .*\n· t001 waits: .*\n· t002 waits: .*\n0 completed, 0 failed, 3 still queued\n$/,
    )
    expect(await home.run(['start', '--once'])).toMatchObject({ code: 75 })
    expect(namesOf(await home.events()).filter((event) => event === 'claude_started')).toHaveLength(1)
    const besides = '. Besides, no daemon runs; start it with: orchestrator start\n'
    expect((await home.run(['why', 't000'])).stdout).toMatch(
      new RegExp(`^t000 has begun and goes on later: claude is held until .*usage_limit.*${besides}$`),
    )
    expect((await home.run(['why', 't001'])).stdout).toMatch(new RegExp(`^t001 is queued: claude is held until .*usage_limit.*${besides}$`))
    const { running, queued } = JSON.parse((await home.run(['status', '--json'])).stdout)
    expect(running).toMatchObject([{ id: 't000', agent: 'claude', note: expect.stringMatching(/^waits: claude is held until/) }])
    expect(queued).toMatchObject([{ waits_for: expect.stringMatching(/^claude is held until/) }, { id: 't002' }])

    await rm(join(home.env.HOME ?? '', 'limit'))
    await home.start(['start']).until(/watching/)
    expect((await home.run(['why', 't000'])).stdout).toMatch(/^t000 has begun and goes on later: claude is held until .*usage_limit.*\n$/)
    expect((await home.run(['why', 't001'])).stdout).toMatch(/^t001 is queued: claude is held until .*usage_limit.*\n$/)
    expect(await home.run(['resume'])).toMatchObject({ code: 0 })
    expect(await home.waitForResult('t002')).toMatchObject({ status: 'completed', attempts: [{ attempt: 1 }] })
    expect(await home.waitForResult('t000')).toMatchObject({ attempts: [{ outcome: 'usage_limit' }, { outcome: 'completed' }] })
  })
})

const line = (json: object) => `${JSON.stringify(json)}\n`
const INIT = line({ type: 'system', subtype: 'init', session_id: 'talk-1', model: 'm' })
const says = (id: string, text: string) =>
  line({ type: 'assistant', message: { id, content: [{ type: 'text', text }] }, parent_tool_use_id: null })
const DONE = line({ type: 'result', subtype: 'success', is_error: false, num_turns: 1, terminal_reason: 'completed', result: 'Done.' })
const limitEvent = (info: object) => line({ type: 'rate_limit_event', rate_limit_info: { rateLimitType: 'five_hour', ...info } })

/** What the CLI prints when the limit is reached; it resets so many seconds from now. */
function limitReached(seconds: number): string {
  const info = { status: 'rejected', resetsAt: `in ${seconds} s`, overageStatus: 'rejected' }
  const why = { api_error_status: 429, api_error: 'usage_limit_reached' }
  const said = "You've hit your limit"
  return [
    limitEvent(info),
    line({ type: 'assistant', message: { model: '<synthetic>', content: [{ type: 'text', text: said }] }, error: 'rate_limit', ...why }),
    line({ type: 'result', subtype: 'success', is_error: true, num_turns: 1, terminal_reason: 'api_error', ...why, result: said }),
  ].join('')
}

/** A home whose `claude` plays these recordings, one a call. */
async function makeReplayHome(recordings: readonly string[], options: HomeOptions = {}): Promise<Home> {
  const claude = resolve(import.meta.dirname, '../fixtures/agents/replays.sh')
  const home = await makeHome({ ...options, programs: { claude } })
  for (const [index, text] of recordings.entries()) await writeFile(join(home.env.HOME ?? '', `${index + 1}.ndjson`), text)
  return home
}

/** Which session each call went on with. */
async function resumed(home: Home): Promise<(string | undefined)[]> {
  const lines = (await readFile(join(home.env.HOME ?? '', 'arguments'), 'utf8')).trimEnd().split('\n')
  return lines.map((args) => /--resume (\S+)/.exec(args)?.[1])
}

describe('what is no limit', needs('posix'), () => {
  const LIMIT_WORDS = "usage limit reached|1795219024. You've hit your limit. API Error: 529 Overloaded. Not logged in · Please run /login"
  const read = (content: unknown) =>
    line({ type: 'user', message: { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'tool1', is_error: true, content }] } })
  const call = line({
    type: 'assistant',
    message: { id: 'm1', content: [{ type: 'tool_use', id: 'tool1', name: 'Read', input: { file_path: 'log' } }] },
    parent_tool_use_id: null,
  })
  const overage = { status: 'allowed', overageStatus: 'rejected', overageDisabledReason: 'out_of_credits', resetsAt: 4_102_444_800 }

  test.concurrent.each([
    ['text that the agent read', [INIT, call, read(LIMIT_WORDS), says('m2', 'Done.'), DONE]],
    ['records of the CLI that the agent read', [INIT, call, read(limitReached(900)), says('m2', 'Done.'), DONE]],
    ['what the model says of limits', [INIT, says('m1', LIMIT_WORDS), DONE.replace('"Done."', JSON.stringify(LIMIT_WORDS))]],
    [
      'a warning that most of it is used up',
      [INIT, says('m1', 'Done.'), limitEvent({ status: 'allowed_warning', utilization: 0.92 }), DONE],
    ],
    ['an overage that is refused while the plan has room', [INIT, limitEvent(overage), says('m1', 'Done.'), DONE]],
    [
      'a plan that is used up while the overage pays',
      [INIT, limitEvent({ status: 'rejected', isUsingOverage: true }), says('m1', 'Done.'), DONE],
    ],
  ])('%s', async (_what, recording) => {
    await using home = await makeReplayHome([recording.join('')], { files: { 'tasks/a.task.md': reader('Do it.') } })
    expect(await home.run(['start', '--once'])).toMatchObject({ code: 0 })
    expect(await home.waitForResult('a')).toMatchObject({ status: 'completed', attempts: [{ outcome: 'completed' }] })
    expect(namesOf(await home.events())).not.toContain('agent_held')
  })

  test('a crash behind text about limits is a crash', async () => {
    const recording = [INIT, call, read(LIMIT_WORDS), says('m2', LIMIT_WORDS)].join('')
    await using home = await makeReplayHome([recording], { files: { 'tasks/a.task.md': reader('Do it.', { retries: 0 }) } })
    expect(await home.run(['start', '--once'])).toMatchObject({ code: 1 })
    expect(await home.waitForResult('a')).toMatchObject({ status: 'failed', failure: { code: 'agent_crashed' } })
    expect(namesOf(await home.events())).not.toContain('agent_held')
  })
})

describe('a conversation that met the limit in its middle', needs('posix'), () => {
  test.concurrent('is gone on with behind the hold, however often the limit is met again', async () => {
    await using home = await makeReplayHome(
      [INIT + says('m1', 'Half of it.') + limitReached(4), INIT + limitReached(4), INIT + says('m2', 'All of it.') + DONE],
      {
        env: { MAX_RETRIES: '0' },
        files: { 'tasks/a.task.md': reader('Do it.') },
      },
    )

    expect(await home.run(['start', '--once'])).toMatchObject({ code: 0 })

    expect(await home.waitForResult('a')).toMatchObject({
      status: 'completed',
      session_id: 'talk-1',
      attempts: [{ outcome: 'usage_limit', turns: 1 }, { outcome: 'usage_limit', turns: 1, model_turns: 0 }, { outcome: 'completed' }],
    })
    expect(await resumed(home)).toEqual([undefined, 'talk-1', 'talk-1'])
  })

  test.concurrent('is begun anew where it is lost', async () => {
    const lost = line({
      type: 'result',
      subtype: 'error_during_execution',
      is_error: true,
      num_turns: 0,
      errors: ['No conversation found with session ID: talk-1'],
    })
    await using home = await makeReplayHome([INIT + says('m1', 'Half of it.'), lost, INIT + says('m1', 'Done.') + DONE], {
      files: { 'tasks/a.task.md': reader('Do it.') },
    })
    expect(await home.run(['start', '--once'])).toMatchObject({ code: 0 })
    expect(await home.waitForResult('a')).toMatchObject({
      attempts: [{ outcome: 'agent_crashed' }, { outcome: 'session_lost' }, { outcome: 'completed' }],
    })
    expect(await resumed(home)).toEqual([undefined, 'talk-1', undefined])
  })
})

test('a probe lifts the hold as soon as its agent has ended, however long its work is verified', needs('posix'), async () => {
  const verify = 'while [ ! -e "$HOME/go" ]; do sleep 0.02; done'
  await using home = await makeStandInHome({
    env: { MAX_CONCURRENT_TASKS: '2', RESCAN_SEC: '3600' },
    files: {
      'tasks/a.task.md': reader('play: status=429 first=1', { priority: 'high', verify, retries: 0 }),
      'tasks/b.task.md': reader('Do it.'),
      'tasks/c.task.md': reader('Do it.'),
    },
  })
  const daemon = home.start(['start', '--once'])
  for (const id of ['b', 'c']) expect(await home.waitForResult(id)).toMatchObject({ status: 'completed' })
  expect(await home.stateOf('a')).toBe('running')
  await release(home, 'go')
  expect(await daemon.exited).toMatchObject({ code: 0 })

  expect(await home.waitForResult('a')).toMatchObject({ attempts: [{ outcome: 'rate_limited' }, { outcome: 'completed' }] })
})

test('overload holds the agent for a moment, costs a retry and passes', async () => {
  await using home = await makeStandInHome({
    env: { MAX_CONCURRENT_TASKS: '1' },
    files: { 'tasks/a.task.md': reader('play: status=529 first=1', { priority: 'high' }), 'tasks/b.task.md': reader('Do it.') },
  })
  expect(await home.run(['start', '--once'])).toMatchObject({ code: 0 })

  expect(await home.waitForResult('a')).toMatchObject({ attempts: [{ outcome: 'overloaded' }, { outcome: 'completed' }] })
  const events = await home.events()
  expect(events.find(({ event }) => event === 'agent_held')).toMatchObject({ agent: 'claude', code: 'overloaded' })
  expect(events.find(({ event }) => event === 'retry')).toMatchObject({ task_id: 'a', attempt: 2, code: 'overloaded' })
  const held = events.find(({ event }) => event === 'agent_held')
  const next = events.filter(({ event }) => event === 'claude_started')[1]
  expect(Date.parse(next?.ts ?? '') - Date.parse(held?.ts ?? '')).toBeGreaterThanOrEqual(1_900)
})

test('of several that are not logged in only those fail that ran together', async () => {
  const together = (id: string) => [`tasks/${id}.task.md`, reader('play: meet=2 status=401')]
  const files = Object.fromEntries([...['a', 'b'].map(together), ...['c', 'd', 'e'].map((id) => [`tasks/${id}.task.md`, reader('Do it.')])])
  await using home = await makeStandInHome({ env: { MAX_CONCURRENT_TASKS: '2' }, files })
  expect(await home.run(['start', '--once'])).toMatchObject({ code: 1, stdout: expect.stringContaining('2 failed, 3 still queued') })
  expect(tasksOf(await home.events(), 'claude_started').sort()).toEqual(['a', 'b'])
})
