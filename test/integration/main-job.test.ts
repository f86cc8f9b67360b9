import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import schema from '../../schemas/result.schema.json' with { type: 'json' }
import { runPaths } from '../../src/config/home.ts'
import type { Home } from '../helpers/home.ts'
import type { Finished } from '../helpers/process.ts'
import { type Call, callsIn, makeStandInHome, namesOf, optionOf, release, STAND_IN, taskFile, tasksOf } from '../helpers/stand-in.ts'

const TIME = expect.stringMatching(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/)
const GOOD = `---
type: fix
priority: high
created: 2026-11-20T09:00:00Z
tags: [auth]
x-ticket: 4711
---

# Fix the login timeout

**Target Files:**
- src/auth/session.ts

**Prompt:**
The session expires after 5 minutes; 30 are configured.
  Mind the "quotes", the $HOME and the \`ticks\`.
play: write=session.txt ms=20

**Success Criteria:**
- [ ] a session lives for 30 minutes
- [ ] the tests pass

**Context:**
Only since release 4.2.
`

describe('an inbox with three tasks of different priority, of which one fails', () => {
  let home: Home
  let finished: Finished
  let stepSummary: string

  beforeAll(async () => {
    home = await makeStandInHome({
      env: {
        MAX_CONCURRENT_TASKS: '1',
        ANTHROPIC_API_KEY: 'sk-ant-made-up-key-of-the-tests',
        AGENT_ENV_PASS: 'PASSED_BY_NAME,TELEGRAM_BOT_TOKEN',
        PASSED_BY_NAME: 'yes',
        TELEGRAM_BOT_TOKEN: '123456:abcdefghijklmnopqrstuvwxyzABCDEFGHI',
        AWS_SECRET_ACCESS_KEY: 'of another cloud',
        SOMETHING_ELSE: 'nobody thought of it',
      },
      files: {
        'tasks/a-low.task.md': taskFile({ priority: 'low' }),
        'tasks/b-bad.task.md': taskFile({ created: '2026-11-20T09:00:00Z' }, 'Try.\nplay: status=400'),
        'tasks/c-good.task.md': GOOD,
        'step-summary.md': 'written by an earlier step\n',
      },
    })
    stepSummary = join(home.paths.home, 'step-summary.md')
    finished = await home.run(['start', '--once'], { env: { GITHUB_STEP_SUMMARY: stepSummary } })
  })
  afterAll(() => home[Symbol.asyncDispose]())

  test('they start in the order of their priority', async () => {
    expect(tasksOf(await home.events(), 'claude_started')).toEqual(['c-good', 'b-bad', 'a-low'])
  })

  test('the one that goes well tells its life in the promised order, and nothing besides', async () => {
    const events = await home.events('c-good')
    const subject = { ts: TIME, task_id: 'c-good', run_id: events[0] && 'run_id' in events[0] ? events[0].run_id : undefined }
    expect(events).toEqual([
      { event: 'task_received', file: 'c-good.task.md', ...subject },
      { event: 'parsed', title: 'Fix the login timeout', type: 'fix', priority: 'high', inferred: [], ...subject },
      { event: 'claude_started', attempt: 1, pid: expect.any(Number), cwd: home.work, ...subject },
      {
        event: 'claude_finished',
        attempt: 1,
        outcome: 'completed',
        duration_ms: expect.any(Number),
        turns: 1,
        cost_usd: 0.25,
        ...subject,
      },
      { event: 'summarized', by: 'template', ...subject },
      { event: 'validated', ...subject },
      { event: 'artifacts_written', result: 'results/c-good_result.json', summary: 'summaries/c-good_summary.txt', ...subject },
      { event: 'task_archived', status: 'completed', code: null, to: 'tasks/processed/c-good.task.md', ...subject },
    ])
  })

  test('its result says everything, and keeps the published schema', async () => {
    const result = await home.waitForResult('c-good')
    const [call] = await callsOf(home, result.run_id)

    expect(result).toEqual({
      schema_version: 1,
      task_id: 'c-good',
      run_id: call?.run,
      title: 'Fix the login timeout',
      type: 'fix',
      priority: 'high',
      tags: ['auth'],
      status: 'completed',
      failure: null,
      agent: 'claude',
      model: 'stand-in-1',
      demo: false,
      timings: { queued: TIME, started: TIME, finished: TIME, waited_ms: expect.any(Number), worked_ms: expect.any(Number) },
      attempts: [
        {
          attempt: 1,
          started: TIME,
          finished: TIME,
          outcome: 'completed',
          session_id: result.session_id,
          turns: 1,
          cost_usd: 0.25,
          tokens: { input: 20, output: 10, cache_read: 0, cache_creation: 0 },
          verify_ms: null,
        },
      ],
      output: 'It is done.',
      session_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      turns: 1,
      tokens: { input: 20, output: 10, cache_read: 0, cache_creation: 0 },
      cost_usd: 0.25,
      files_changed: [{ path: 'session.txt', change: 'added', lines_added: expect.any(Number), lines_removed: 0 }],
      denials: [],
      verify: [],
      criteria: [
        { text: 'a session lives for 30 minutes', status: 'unknown', evidence: null, judged_by: null },
        { text: 'the tests pass', status: 'unknown', evidence: null, judged_by: null },
      ],
      inferred: [],
      warnings: ['Changed outside the target files: `session.txt`.'],
      workspace: { kind: 'none', path: home.work },
      origin: null,
      extras: { 'x-ticket': 4711 },
      source: { file: 'c-good.task.md', sha256: createHash('sha256').update(GOOD).digest('hex') },
    })
    const ajv = new Ajv2020({ strict: true })
    addFormats.default(ajv)
    expect(ajv.validate(schema, result), ajv.errorsText()).toBe(true)
  })

  test('its summary can be read on a phone', async () => {
    const lines = (await readFile(join(home.paths.summaries, 'c-good_summary.txt'), 'utf8')).split('\n')

    expect(lines).toEqual([
      '✔ completed · Fix the login timeout',
      expect.stringMatching(/^.+ · 1 turn · \$0\.25 · claude \(stand-in-1\)$/),
      '⚠ Changed outside the target files: `session.txt`.',
      '',
      'It is done.',
      '',
      'Changed: session.txt +1',
      '',
    ])
  })

  test('its file lies untouched in processed/, and nothing is left in the inbox', async () => {
    expect(await readFile(join(home.paths.processed, 'c-good.task.md'), 'utf8')).toBe(GOOD)
    expect((await readdir(home.paths.tasks)).sort()).toEqual(['failed', 'processed', 'rejected', 'running', 'waiting'])
    expect(await readdir(home.paths.running)).toEqual([])
  })

  test('what the agent printed is kept line by line', async () => {
    const { run_id } = await home.waitForResult('c-good')
    const lines = (await readFile(join(home.paths.runs, `${run_id}.ndjson`), 'utf8')).trimEnd().split('\n')

    expect(lines.map((line) => JSON.parse(line).type)).toEqual(['system', 'assistant', 'result'])
  })

  test('the log for people tells both ends', async () => {
    const log = (await readFile(home.paths.log, 'utf8')).split('\n')

    expect(log).toContainEqual(expect.stringMatching(/INFO .*\[c-good\] task archived status=completed/))
    expect(log).toContainEqual(expect.stringMatching(/WARN .*\[b-bad\] task archived status=failed code=invalid_request/))
  })

  test('the one that fails says why, is not tried again and lies in failed/', async () => {
    expect(await home.waitForResult('b-bad')).toMatchObject({
      status: 'failed',
      failure: { code: 'invalid_request', message: 'API Error: 400', hint: expect.stringMatching(/./), retryable: false },
      attempts: [{ outcome: 'invalid_request' }],
    })
    expect(await home.stateOf('b-bad')).toBe('failed')
    expect(await readFile(join(home.paths.summaries, 'b-bad_summary.txt'), 'utf8')).toContain('API Error: 400')
  })

  test('the prompt reaches the agent on standard input, as written', async () => {
    expect((await callFor(home, 'c-good'))?.stdin).toBe(`The session expires after 5 minutes; 30 are configured.
  Mind the "quotes", the $HOME and the \`ticks\`.
play: write=session.txt ms=20

Target Files:
- src/auth/session.ts

Success Criteria:
- a session lives for 30 minutes
- the tests pass

Context:
Only since release 4.2.`)
    expect((await callsIn(home)).flatMap(({ args }) => args).join(' ')).not.toContain('session expires')
  })

  test('the agent sees of the environment what it is allowed to see', async () => {
    const { env, run } = (await callFor(home, 'c-good')) ?? { env: {} }
    const access = runPaths(home.paths, run ?? '')
    const byShells = { PWD: home.work, OLDPWD: expect.any(String), SHLVL: expect.any(String), _: expect.any(String) }

    expect({ ...byShells, ...env }).toEqual({
      ...byShells,
      PATH: `${access.launchers}${delimiter}${home.env.PATH}`,
      ORCHESTRATOR_HOME: home.paths.home,
      ORCHESTRATOR_SOCKET: access.socket,
      ORCHESTRATOR_RUN_TOKEN: expect.stringMatching(/^orc-run-/),
      HOME: home.env.HOME,
      TMPDIR: home.env.TMPDIR,
      LANG: 'C.UTF-8',
      ANTHROPIC_API_KEY: 'sk-ant-made-up-key-of-the-tests',
      PASSED_BY_NAME: 'yes',
      ORCHESTRATOR_RUN_ID: run,
      CLAUDE_CODE_DISABLE_BACKGROUND_TASKS: '1',
      CLAUDE_CODE_MAX_RETRIES: '3',
      API_TIMEOUT_MS: '300000',
      CLAUDE_BYTE_STREAM_IDLE_TIMEOUT_MS: '120000',
      MCP_TIMEOUT: '10000',
      DISABLE_AUTOUPDATER: '1',
    })
  })

  test('CI gets status 1, plain lines and a step summary behind what was there', async () => {
    expect(finished).toMatchObject({ code: 1, signal: null, stderr: '' })
    expect(finished.stdout).not.toContain('\u001b')
    expect(finished.stdout.trimEnd().split('\n').at(-1)).toBe('2 completed, 1 failed')
    const summary = (await readFile(stepSummary, 'utf8')).split('\n')
    expect(summary.slice(0, 2)).toEqual(['written by an earlier step', '## ❌ Orchestrator: 2 completed, 1 failed'])
    expect(summary).toContainEqual(expect.stringMatching(/^\| c-good \| Fix the login timeout \| completed \| .* \| 1 \| \$0\.25/))
    expect(summary).toContainEqual(expect.stringMatching(/^\| b-bad \| .* \| invalid\\_request \|/))
  })
})

describe('every key of the front matter is honoured, and so are the limits of an attempt', () => {
  const keys: Readonly<Record<string, string>> = {
    model: taskFile({ model: 'some-model' }),
    turns: taskFile({ max_turns: 5 }),
    budget: taskFile({ max_budget_usd: 1.5 }),
    permission: taskFile({ permission_mode: 'plan' }),
    tools: taskFile({ allowed_tools: ['Bash(npm *)', 'Read'], disallowed_tools: 'WebFetch' }),
    review: taskFile({ type: 'code_review' }),
    chore: taskFile({ type: 'chore' }),
    stranger: taskFile({ origin: 'telegram:1:2' }),
    elsewhere: taskFile({ cwd: 'sub/directory' }),
    timeout: taskFile({ timeout: '1s' }, 'play: until=doomsday'),
    retries: taskFile({ retries: 0 }, 'play: exit=9'),
    demo: taskFile({ agent: 'demo' }, 'demo: succeed 30ms'),
    nobody: taskFile({ agent: 'nobody' }),
    given: taskFile({ id: 'another-id' }),
    free: 'Just do it, please.\n',
  }
  /** Of the limits of an attempt and of a run; each works where nobody else does. */
  const limits: Readonly<Record<string, string>> = {
    dead: taskFile({ retries: 1, cwd: 'dead' }, 'play: exit=9'),
    lingers: taskFile({ type: 'analyze', retries: 0 }, 'play: linger=600000'),
    enough: taskFile({ max_budget_usd: 1.5, cwd: 'enough' }, 'play: status=500 first=1'),
    spent: taskFile({ max_budget_usd: 0.25, type: 'analyze' }, 'play: status=500'),
  }
  let home: Home
  let left: readonly string[]

  beforeAll(async () => {
    home = await makeStandInHome({
      files: {
        ...Object.fromEntries(Object.entries({ ...keys, ...limits }).map(([id, text]) => [`tasks/${id}.task.md`, text])),
        'config/orchestrator.yaml': 'types:\n  chore: { model: cheap, max_turns: 2, timeout: 1m }\n',
        '../work/sub/directory/here': '',
        '../work/dead/here': '',
        '../work/enough/here': '',
      },
      env: { RESULT_EXIT_SEC: '1' },
    })
    const { code } = await home.run(['start', '--once', '--concurrency', '4'])
    expect(code).toBe(1)
    left = await home.processes()
  })
  afterAll(() => home[Symbol.asyncDispose]())

  test.each([
    ['model', ['--model', 'some-model']],
    ['turns', ['--max-turns', '5']],
    ['budget', ['--max-budget-usd', '1.5']],
    ['permission', ['--permission-mode', 'plan']],
    [
      'tools',
      [
        '--permission-mode',
        'acceptEdits',
        expect.stringMatching(/^--allowedTools=Bash\(npm \*\),Read,/),
        expect.stringMatching(/^--disallowedTools=.*,WebFetch$/),
      ],
    ],
    ['review', ['--permission-mode', 'dontAsk', expect.stringMatching(/^--tools=/), expect.stringMatching(/^--disallowedTools=.*Write/)]],
    ['chore', ['--model', 'cheap', '--max-turns', '2']],
    ['stranger', ['--setting-sources=user', '--strict-mcp-config']],
    ['free', ['-p', '--output-format', 'stream-json', '--verbose', '--permission-mode', 'acceptEdits']],
  ])('%s', async (id, args) => {
    const call = await callFor(home, id)

    expect(call?.args).toEqual(expect.arrayContaining(args))
    if (id !== 'budget') expect(call?.args.join()).not.toContain('budget')
  })

  test('cwd, relative to the base directory', async () => {
    expect((await callFor(home, 'elsewhere'))?.cwd).toBe(join(home.work, 'sub/directory'))
    expect(await home.waitForResult('elsewhere')).toMatchObject({ workspace: { path: join(home.work, 'sub/directory') } })
  })

  test('timeout: the agent is ended and the failure says so', async () => {
    expect(await home.waitForResult('timeout')).toMatchObject({
      status: 'failed',
      failure: { code: 'timeout', message: expect.stringMatching(/still at work after 1(\.\d)? ?s/), retryable: false },
      attempts: [{ outcome: 'timeout' }],
    })
  })

  test('retries: with none, a passing fault is final', async () => {
    expect(await home.waitForResult('retries')).toMatchObject({ failure: { code: 'agent_crashed' }, attempts: [{ attempt: 1 }] })
    expect(namesOf(await home.events('retries'))).not.toContain('retry')
  })

  test('agent: the demo agent is labelled as one, an unknown one is a failure', async () => {
    expect(await home.waitForResult('demo')).toMatchObject({ status: 'completed', agent: 'demo', demo: true })
    expect(namesOf(await home.events('demo'))).toContain('demo_started')
    expect(await home.waitForResult('nobody')).toMatchObject({
      failure: { code: 'agent_unknown', message: expect.stringContaining('nobody') },
    })
  })

  test('origin: the result keeps it, and text of strangers mentions no files', async () => {
    expect(await home.waitForResult('stranger')).toMatchObject({ origin: 'telegram:1:2' })
    expect((await callFor(home, 'stranger'))?.env).toMatchObject({ CLAUDE_CODE_DISABLE_FILE_MENTIONS: '1' })
  })

  test('id: it names everything that comes out, whatever the file was called', async () => {
    expect(await home.waitForResult('another-id')).toMatchObject({ task_id: 'another-id', source: { file: 'given.task.md' } })
    expect(await home.stateOf('another-id')).toBe('processed')
  })

  test('none: a file without front matter is a task as a whole', async () => {
    expect((await callFor(home, 'free'))?.stdin).toBe('Just do it, please.')
    expect(await home.waitForResult('free')).toMatchObject({ type: 'task', priority: 'medium', title: 'Just do it, please.' })
  })

  test('retries: a fault is final once they are used up, and a crash is one too', async () => {
    expect(await home.waitForResult('dead')).toMatchObject({
      status: 'failed',
      failure: { code: 'agent_crashed' },
      attempts: [{ outcome: 'agent_crashed' }, { outcome: 'agent_crashed' }],
    })
    expect(await home.stateOf('dead')).toBe('failed')
  })

  test('max_budget_usd: a budget holds over all attempts of the run', async () => {
    const enough = await home.waitForResult('enough')
    const budgets = (await callsOf(home, enough.run_id)).map((call) => optionOf(call, '--max-budget-usd'))
    expect(budgets).toEqual(['1.5', '1.25'])
    expect(enough).toMatchObject({ status: 'completed', cost_usd: 0.5, tokens: { input: 40, output: 20 } })
    expect(await home.waitForResult('spent')).toMatchObject({
      status: 'failed',
      failure: { code: 'max_budget' },
      cost_usd: 0.25,
      attempts: [{}],
    })
  })

  test('none: an agent that does not end after its result is ended, and its result counts', async () => {
    expect(await home.waitForResult('lingers')).toMatchObject({ status: 'completed', output: 'It is done.' })
    expect(left).toEqual([])
  })
})

test('an agent that falls silent is ended', async () => {
  await using home = await makeStandInHome({
    env: { AGENT_IDLE_SEC: '1' },
    files: { 'tasks/stuck.task.md': taskFile({ type: 'analyze', retries: 0 }, 'play: ms=600000') },
  })
  await home.run(['start', '--once'])
  expect(await home.waitForResult('stuck')).toMatchObject({ status: 'failed', failure: { code: 'silent' } })
  expect(await home.processes()).toEqual([])
})

describe('a run that is interrupted, is started again and does all there is, and then finds nothing to do', () => {
  let home: Home
  const finished: Finished[] = []
  let stateBetween: unknown
  let early: { readonly came: Date; readonly started: number }

  beforeAll(async () => {
    home = await makeStandInHome({
      programs: { claude: '/bin/false' },
      files: {
        'config/orchestrator.yaml': `agents:\n  claude:\n    command: ${STAND_IN}\n    environment: { ADDED: here }\n`,
        'tasks/long.task.md': taskFile({}, 'play: until=go'),
      },
    })
    const first = home.start(['start', '--once'])
    await first.until(/claude started/i)
    process.kill(first.pid, 'SIGINT')
    await first.until(/stopping/)
    finished.push(await first.stop('SIGINT'))
    stateBetween = await home.stateOf('long')

    await release(home, 'go')
    await home.drop('flaky', taskFile({}, 'play: status=529 first=1'))
    await home.drop('many', taskFile({ type: 'analyze' }, 'play: told=4'))
    await home.drop('early', taskFile({}))
    await utimes(join(home.paths.tasks, 'early.task.md'), new Date(0), new Date(0))
    early = { came: (await stat(join(home.paths.tasks, 'early.task.md'))).ctime, started: Date.now() }
    finished.push(await home.run(['start', '--once']))
    finished.push(await home.run(['start', '--once']))
  })
  afterAll(() => home[Symbol.asyncDispose]())

  test('exits with 130 after Ctrl-C, and the run goes on at the next start', async () => {
    expect(finished[0]).toMatchObject({ code: 130 })
    expect(stateBetween).toBe('running')
    expect(await home.waitForResult('long')).toMatchObject({
      status: 'completed',
      attempts: [{ outcome: 'interrupted' }, { outcome: 'completed' }],
    })
  })

  test('exits with 0 when all is done, and when there is nothing to do', () => {
    expect(finished[1]).toMatchObject({ code: 0, stderr: '' })
    expect(finished[2]).toMatchObject({ code: 0, stderr: '' })
  })

  test('tries a fault that passes again with the agent that the configuration names, as one run with two attempts', async () => {
    const result = await home.waitForResult('flaky')
    expect(result).toMatchObject({
      status: 'completed',
      attempts: [
        { attempt: 1, outcome: 'overloaded' },
        { attempt: 2, outcome: 'completed' },
      ],
    })
    const events = await home.events('flaky')
    expect(namesOf(events)).toEqual([
      'task_received',
      'parsed',
      'claude_started',
      'claude_finished',
      'retry',
      'claude_started',
      'claude_finished',
      'summarized',
      'validated',
      'artifacts_written',
      'task_archived',
    ])
    expect(events).toContainEqual(expect.objectContaining({ event: 'retry', attempt: 2, code: 'overloaded', delay_ms: expect.any(Number) }))
    const calls = await callsOf(home, result.run_id)
    expect(calls.map(({ stdin }) => stdin)).toEqual(['play: status=529 first=1', 'play: status=529 first=1'])
    expect(calls[0]?.env).toMatchObject({ ADDED: 'here' })
  })

  test('says of a file that lay there before the start that it has waited since it came, however old it is', async () => {
    const { timings } = await home.waitForResult('early')
    expect(timings.queued).toBe(early.came.toISOString())
    expect(timings.waited_ms).toBeGreaterThanOrEqual(early.started - early.came.getTime())
  })

  test('tells turns as the agent counts them: in the result, the events, the summary and on the console', async () => {
    expect(finished[1]?.stdout).toContain('4 turns')
    expect(await home.waitForResult('many')).toMatchObject({ turns: 4, attempts: [{ turns: 4, model_turns: 1 }] })
    expect(await home.events('many')).toContainEqual(expect.objectContaining({ event: 'claude_finished', turns: 4 }))
    expect(await readFile(join(home.paths.summaries, 'many_summary.txt'), 'utf8')).toContain('4 turns')
  })
})

test('the exit status of start is 2 for an option or a value that means nothing, and nothing is touched; it is 1 when a file was rejected, even if all others went well', async () => {
  await using home = await makeStandInHome({
    files: { 'tasks/one.task.md': taskFile({}), 'tasks/two.task.md': taskFile({ priorty: 'high' }) },
  })
  for (const args of [['--onec'], ['--concurrency', 'many'], ['extra']]) {
    const finished = await home.run(['start', '--once', ...args])
    expect(finished, args.join(' ')).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('error: ') })
  }
  expect([await home.stateOf('one'), await home.stateOf('two')]).toEqual(['queued', 'queued'])

  expect(await home.run(['start', '--once'])).toMatchObject({ code: 1 })
  expect([await home.stateOf('one'), await home.stateOf('two')]).toEqual(['processed', 'rejected'])
})

test('the exit status of run is that of the one task, the file stays where it was, and an agent that says nothing is ended', async () => {
  await using home = await makeStandInHome({ files: { 'tasks/other.task.md': taskFile({}) } })
  await mkdir(join(home.work, 'notes'))
  const file = join(home.work, 'notes', 'mine.md')
  await writeFile(file, taskFile({}))
  const mute = join(home.work, 'notes', 'mute.task.md')
  await writeFile(mute, taskFile({ type: 'analyze', retries: 0 }, 'play: mute=600000'))

  expect(await home.run(['run', file])).toMatchObject({ code: 0 })
  expect(await home.run(['run', mute], { env: { AGENT_START_SEC: '1' } })).toMatchObject({ code: 1 })

  expect(await home.waitForResult('mine')).toMatchObject({ status: 'completed' })
  expect(await readFile(file, 'utf8')).toBe(taskFile({}))
  expect(await home.waitForResult('mute')).toMatchObject({ status: 'failed', failure: { code: 'no_output' } })
  expect(await home.processes()).toEqual([])
  expect(await home.stateOf('other')).toBe('queued')
})

async function callsOf(home: Home, runId: string): Promise<Call[]> {
  return (await callsIn(home)).filter(({ run }) => run === runId)
}

async function callFor(home: Home, id: string): Promise<Call | undefined> {
  const [call] = await callsOf(home, (await home.waitForResult(id)).run_id)
  return call
}
