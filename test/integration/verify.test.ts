import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { LoggedEvent } from '../../src/domain/events.ts'
import type { TaskResult } from '../../src/domain/result.ts'
import type { RunRecord } from '../../src/domain/run.ts'
import { withoutKeepers } from '../helpers/containments.ts'
import type { Home, HomeOptions } from '../helpers/home.ts'
import { needs } from '../helpers/needs.ts'
import { type ChatRequest, type Play, startOllamaServer } from '../helpers/ollama-server.ts'
import type { Finished } from '../helpers/process.ts'
import { callsIn, makeStandInHome, namesOf, optionOf, release, taskFile } from '../helpers/stand-in.ts'
import { until } from '../helpers/until.ts'

type Head = Readonly<Record<string, unknown>>
type Events = readonly LoggedEvent[]

const MS = expect.any(Number)
/** Fails until `a.txt` is good; what it prints makes the stand-in mend it, so that it can only be mended by who is told. */
const WANTS_GOOD = 'grep -qs good a.txt || { echo "play: write=a.txt text=good"; exit 3; }'
const WRITES_BAD = 'play: write=a.txt text=bad'
/** Hangs the first time, and passes from then on. */
const HANGS_ONCE = 'test -e "$HOME/verifying" || { touch "$HOME/verifying"; sleep 300; }'

/** A home with one task in its inbox. */
function homeOf(head: Head, prompt: string, options: HomeOptions & { readonly sections?: string } = {}): Promise<Home> {
  const text = `${taskFile(head, prompt)}${options.sections ?? ''}`
  return makeStandInHome({ ...options, files: { 'tasks/a.task.md': text, ...options.files } })
}

/** Drains the inbox as an unattended run would; the result of the task, and how that ended. */
async function drain(home: Home): Promise<TaskResult & { readonly finished: Finished }> {
  const finished = await home.run(['start', '--once'])
  return { ...(await home.waitForResult('a')), finished }
}

function outcomes({ attempts }: TaskResult): (string | null)[] {
  return attempts.map(({ outcome }) => outcome)
}

function eventsOf<Name extends LoggedEvent['event']>(events: Events, name: Name): LoggedEvent[] {
  return events.filter(({ event }) => event === name)
}

/** Waits until a file lies in the HOME of what runs here. */
async function untilThere(home: Home, name: string): Promise<void> {
  const file = join(home.env.HOME ?? '', name)
  await until(() => expect(existsSync(file), `${name} in HOME`).toBe(true))
}

/** Waits until nothing but these runs. */
async function untilOnly(home: Home, ...expected: readonly unknown[]): Promise<void> {
  const found = async () => expect(withoutKeepers(await home.processes())).toEqual(expected)
  await until(found)
}

async function runFiles(home: Home, kind: string): Promise<string> {
  const names = (await readdir(home.paths.runs)).filter((name) => name.endsWith(kind))
  return (await Promise.all(names.map((name) => readFile(join(home.paths.runs, name), 'utf8')))).join('')
}

function summary(home: Home, id = 'a'): Promise<string> {
  return readFile(join(home.paths.summaries, `${id}_summary.txt`), 'utf8')
}

describe('a task whose verify commands succeed', needs('posix'), () => {
  test('is completed, with every command in its result, its events, its log and what is shown of it', async () => {
    const verify = ['test -s a.txt', 'echo fine; grep good a.txt']
    await using home = await homeOf({ type: 'fix', verify }, 'play: write=a.txt text=good')
    const result = await drain(home)

    const runs = [
      { command: 'test -s a.txt', exit_code: 0, duration_ms: MS, output: '' },
      { command: 'echo fine; grep good a.txt', exit_code: 0, duration_ms: MS, output: 'fine\ngood' },
    ]
    expect(result).toMatchObject({
      finished: { code: 0, stderr: '' },
      status: 'completed',
      failure: null,
      verify: runs,
      attempts: [{ outcome: 'completed', verify_ms: MS }],
      files_changed: [{ path: 'a.txt', change: 'added', lines_added: 1, lines_removed: 0 }],
      warnings: [],
    })
    expect(result.attempts[0]?.verify_ms).toBe(result.verify.reduce((sum, { duration_ms }) => sum + duration_ms, 0))
    const events = await home.events('a')
    expect(namesOf(events)).toEqual([
      ...['task_received', 'parsed', 'claude_started', 'claude_finished', 'verified', 'verified'],
      ...['summarized', 'validated', 'artifacts_written', 'task_archived'],
    ])
    expect(eventsOf(events, 'verified')).toMatchObject(
      runs.map(({ command }) => ({ attempt: 1, command, exit_code: 0, duration_ms: MS, run_id: result.run_id })),
    )
    expect(await runFiles(home, '.verify.log')).toBe('=== attempt 1 ===\n$ test -s a.txt\n$ echo fine; grep good a.txt\nfine\ngood\n')
    expect(await runFiles(home, '.patch')).toContain('+good')
    const shown = (await home.run(['show', 'a'])).stdout
    for (const command of verify) expect(shown).toContain(`✔ ${command} (exit 0, `)
  })

  test('runs them where it works, as the shell does', async () => {
    const verify = ['pwd', 'cd sub && pwd', 'cat <<EOF\n"quoted" $((1 + 1))\nEOF', 'exit 0 # and nothing else']
    await using home = await homeOf({ verify }, 'play: write=sub/b.txt')
    const { status, verify: runs } = await drain(home)
    expect(status).toBe('completed')
    expect(runs.map(({ output }) => output)).toEqual([home.work, join(home.work, 'sub'), '"quoted" 2', ''])
  })

  test('has none to run where it says so, or its type has none', async () => {
    await using home = await homeOf({ type: 'fix', verify: [] }, 'play: write=a.txt', {
      env: { VERIFY_DEFAULT: 'fix: exit 9, docs: echo docs' },
    })
    await home.drop('b', taskFile({ type: 'docs' }, 'play: write=b.txt'))
    await home.drop('c', taskFile({ type: 'feature' }, 'play: write=c.txt'))
    expect(await home.run(['start', '--once'])).toMatchObject({ code: 0 })
    const runs = await Promise.all(['a', 'b', 'c'].map(async (id) => (await home.waitForResult(id)).verify))
    expect(runs).toMatchObject([[], [{ command: 'echo docs', exit_code: 0, output: 'docs' }], []])
  })

  test('takes those of its type from config/orchestrator.yaml before VERIFY_DEFAULT', async () => {
    await using home = await homeOf({ type: 'fix' }, WRITES_BAD, {
      env: { VERIFY_DEFAULT: 'fix: exit 9' },
      files: { 'config/orchestrator.yaml': 'types:\n  fix:\n    verify: exit 4\n    fix_attempts: 2\n' },
    })
    const result = await drain(home)
    expect(result.verify).toMatchObject([{ command: 'exit 4', exit_code: 4 }])
    expect(outcomes(result)).toEqual(['verify_failed', 'verify_failed', 'verify_failed'])
  })
})

describe('a task whose verify command fails', needs('posix'), () => {
  test('goes back to the agent in the same session, with the command and the end of its output, and is completed once that is mended', async () => {
    await using home = await homeOf({ type: 'fix', verify: WANTS_GOOD }, WRITES_BAD)
    const result = await drain(home)

    expect(await readFile(join(home.work, 'a.txt'), 'utf8')).toBe('good\n')
    expect(result).toMatchObject({
      finished: { code: 0 },
      status: 'completed',
      verify: [{ command: WANTS_GOOD, exit_code: 0, output: '' }],
      files_changed: [{ path: 'a.txt', change: 'added' }],
      turns: 2,
      cost_usd: 0.5,
    })
    expect(outcomes(result)).toEqual(['verify_failed', 'completed'])
    const [session] = result.attempts.map(({ session_id }) => session_id)
    expect(result.attempts).toMatchObject([{ session_id: session }, { session_id: session }])
    expect(result.session_id).toBe(session)

    const [first, second, ...more] = await callsIn(home)
    expect(more).toEqual([])
    expect(first?.args.filter((arg) => arg.startsWith('--resume'))).toEqual([])
    expect(second && optionOf(second, '--resume')).toBe(session)
    expect(second?.stdin).toContain(WANTS_GOOD)
    expect(second?.stdin).toContain('\nplay: write=a.txt text=good\n')
    expect(second?.stdin).not.toContain(WRITES_BAD)

    const events = await home.events('a')
    expect(namesOf(events)).toEqual([
      ...['task_received', 'parsed', 'claude_started', 'claude_finished', 'verified', 'retry'],
      ...['claude_started', 'claude_finished', 'verified', 'summarized', 'validated', 'artifacts_written', 'task_archived'],
    ])
    expect(eventsOf(events, 'retry')).toMatchObject([{ attempt: 2, code: 'verify_failed', delay_ms: 0 }])
    expect(eventsOf(events, 'verified')).toMatchObject([
      { attempt: 1, exit_code: 3 },
      { attempt: 2, exit_code: 0 },
    ])
    expect(await runFiles(home, '.verify.log')).toBe(
      `=== attempt 1 ===\n$ ${WANTS_GOOD}\nplay: write=a.txt text=good\n=== attempt 2 ===\n$ ${WANTS_GOOD}\n`,
    )
    const patch = await runFiles(home, '.patch')
    expect(patch.match(/^===.*$/gm)).toEqual(['=== attempt 1 ===', '=== attempt 2 ==='])
    const elsewhere = join(home.paths.home, 'elsewhere')
    await mkdir(elsewhere)
    await writeFile(join(elsewhere, 'all.patch'), patch)
    execFileSync('git', ['apply', 'all.patch'], {
      cwd: elsewhere,
      env: { PATH: process.env.PATH ?? '', GIT_CEILING_DIRECTORIES: home.paths.home },
    })
    expect(await readFile(join(elsewhere, 'a.txt'), 'utf8')).toBe('good\n')
  })

  test('has failed once it was handed back as often as it may be, whatever the agent claims; that costs no retry', async () => {
    const head = { type: 'fix', verify: 'echo "2 tests failed"; exit 4', fix_attempts: 2, retries: 0 }
    await using home = await homeOf(head, `${WRITES_BAD} say=All_tests_pass.`)
    const result = await drain(home)

    expect(result).toMatchObject({
      finished: { code: 1 },
      status: 'failed',
      failure: { code: 'verify_failed', message: expect.stringContaining('2 tests failed'), retryable: false },
      verify: [{ exit_code: 4, output: '2 tests failed' }],
      files_changed: [{ path: 'a.txt' }],
    })
    expect(outcomes(result)).toEqual(['verify_failed', 'verify_failed', 'verify_failed'])
    expect(await callsIn(home)).toHaveLength(3)
    expect(await home.stateOf('a')).toBe('failed')
    expect(await summary(home)).toMatch(/^✖ failed/)
    const shown = (await home.run(['show', 'a'])).stdout
    expect(shown).toContain('✖ echo "2 tests failed"; exit 4 (exit 4, ')
    expect(shown).toContain('    2 tests failed')
  })

  test('is not handed back where it may not be', async () => {
    await using home = await homeOf({ verify: 'exit 1', fix_attempts: 0 }, `${WRITES_BAD} say=All_tests_pass.`)
    const result = await drain(home)
    expect(result).toMatchObject({ status: 'failed', failure: { code: 'verify_failed' }, output: 'All tests pass.' })
    expect(await callsIn(home)).toHaveLength(1)
    expect(namesOf(await home.events('a'))).not.toContain('retry')
  })

  test('has all its commands run and told, and the agent hears of those that failed', async () => {
    await using home = await homeOf({ verify: ['echo one; exit 1', 'echo two', 'echo three >&2; exit 3'] }, WRITES_BAD)
    const result = await drain(home)
    expect(result.verify).toMatchObject([
      { exit_code: 1, output: 'one' },
      { exit_code: 0, output: 'two' },
      { exit_code: 3, output: 'three' },
    ])
    expect(eventsOf(await home.events('a'), 'verified')).toHaveLength(6)
    const [, second] = await callsIn(home)
    for (const part of ['echo one; exit 1', 'echo three >&2; exit 3', '\none\n', '\nthree\n']) expect(second?.stdin).toContain(part)
    expect(second?.stdin).not.toContain('echo two')
  })

  test('is mended with what the work left of turns and money, over all attempts', async () => {
    const head = { verify: 'echo "play: turns=1 usd=0.2"; exit 1', fix_attempts: 3, max_turns: 5, max_budget_usd: 1 }
    await using home = await homeOf(head, 'play: write=a.txt turns=2 usd=0.3')
    const result = await drain(home)
    const limits = (await callsIn(home)).map((call) => ({
      turns: Number(optionOf(call, '--max-turns')),
      usd: Number(optionOf(call, '--max-budget-usd')),
    }))
    expect(limits).toEqual([
      { turns: 5, usd: 1 },
      { turns: 3, usd: expect.closeTo(0.7) },
      { turns: 2, usd: expect.closeTo(0.5) },
      { turns: 1, usd: expect.closeTo(0.3) },
    ])
    expect(result).toMatchObject({ failure: { code: 'verify_failed' }, turns: 5, cost_usd: 0.9 })
  })

  test.each([
    ['turns', { max_turns: 2 }],
    ['money', { max_budget_usd: 0.3 }],
  ])('is not handed back without %s left', async (_what, limit) => {
    await using home = await homeOf({ verify: 'exit 1', fix_attempts: 3, ...limit }, 'play: write=a.txt turns=2 usd=0.3')
    expect(await drain(home)).toMatchObject({ failure: { code: 'verify_failed' }, attempts: [{ outcome: 'verify_failed' }] })
  })

  test('keeps its retries for passing faults', async () => {
    await using home = await homeOf({ verify: WANTS_GOOD, retries: 1 }, `${WRITES_BAD} status=500 first=1`)
    const result = await drain(home)
    expect(outcomes(result)).toEqual(['api_error', 'verify_failed', 'completed'])
  })

  test('is told without secrets: in the result, the record of the run, every log and every file of the run', async () => {
    const secret = 'sk-ant-made-up-key-of-the-tests'
    await using home = await homeOf({ verify: 'cat said.txt; exit 1', type: 'fix' }, 'play: write=a.txt', {
      env: { ANTHROPIC_API_KEY: secret },
      files: { '../work/said.txt': `play: until=go\nthe key is ${secret}\n` },
    })
    const drained = drain(home)
    await until(async () => expect(await callsIn(home)).toHaveLength(2))
    const record = await readFile(join(home.paths.running, 'a.run.json'), 'utf8')
    const shown = (await home.run(['show', 'a'])).stdout
    await release(home, 'go')
    const { verify } = await drained

    expect(verify).toMatchObject([{ output: expect.stringMatching(/the key is (?!sk-ant)/) }])
    const written = await readdir(home.paths.home, { recursive: true, withFileTypes: true })
    const files = written.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name))
    expect(files).toContainEqual(expect.stringMatching(/\.verify\.log$/))
    const texts = await Promise.all(files.map(async (file): Promise<[string, string]> => [file, await readFile(file, 'utf8')]))
    const leaks = [...texts, ['the record', record], ['show', shown]].filter(([, text]) => text?.includes(secret)).map(([name]) => name)
    expect(leaks).toEqual([])
  })

  test('leaves files that go with its other artefacts', async () => {
    await using home = await homeOf({ verify: 'exit 1', fix_attempts: 0 }, WRITES_BAD)
    await drain(home)
    expect((await readdir(home.paths.runs)).map((name) => name.replace(/^[^.]+/, '')).sort()).toEqual(['.ndjson', '.patch', '.verify.log'])
    expect(await home.run(['clean', 'artifacts', '--days', '0'])).toMatchObject({ code: 0 })
    expect(await readdir(home.paths.runs)).toEqual([])
  })
})

describe('a verify command', needs('posix'), () => {
  test('that does not end is ended at its time limit, with all that it started, and told without an exit code', async () => {
    const hangs = 'echo begun; setsid sleep 301 & sleep 302 & (trap "" TERM; sleep 303) & sleep 304'
    await using home = await homeOf({ verify: [hangs, 'echo after'], fix_attempts: 0 }, WRITES_BAD, { env: { VERIFY_TIMEOUT_SEC: '5' } })
    const result = await drain(home)
    expect(result).toMatchObject({
      status: 'failed',
      failure: { code: 'verify_failed', message: expect.stringContaining('time limit') },
      verify: [
        { command: hangs, exit_code: null, output: expect.stringMatching(/^begun\n\[ended after 5 ?s, its time limit\]$/) },
        { command: 'echo after', exit_code: 0, output: 'after' },
      ],
    })
    expect(await home.processes()).toEqual([])
  })

  test('that is killed by another is told so', async () => {
    await using home = await homeOf({ verify: 'kill -KILL $$', fix_attempts: 0 }, WRITES_BAD)
    expect(await drain(home)).toMatchObject({
      failure: { code: 'verify_failed', message: expect.stringContaining('SIGKILL') },
      verify: [{ exit_code: 137, output: expect.stringMatching(/ended by SIGKILL\]$/) }],
    })
  })

  test('that leaves processes behind leaves none', async () => {
    await using home = await homeOf({ verify: 'setsid sleep 300 >/dev/null 2>&1 & sleep 301 & exit 0' }, WRITES_BAD)
    expect(await drain(home)).toMatchObject({ status: 'completed', verify: [{ exit_code: 0 }] })
    expect(await home.processes()).toEqual([])
  })

  test('that does not exist has failed as in any shell', async () => {
    await using home = await homeOf({ verify: 'no-such-program --now', fix_attempts: 0 }, WRITES_BAD)
    expect(await drain(home)).toMatchObject({
      failure: { code: 'verify_failed' },
      verify: [{ exit_code: 127, output: expect.stringContaining('no-such-program') }],
    })
  })

  test('may print without end, in colours and without an end of line: its last lines are kept as a person reads them', async () => {
    const floods =
      'yes "a line that says nothing" | head -c 3000000; echo; printf "\\033[31mred\\033[0m\\nprogress 1\\rprogress 2\\nthe end"; exit 1'
    await using home = await homeOf({ verify: floods, fix_attempts: 1 }, WRITES_BAD)
    const { verify } = await drain(home)
    const [{ output = '' } = {}] = verify
    expect(output).toMatch(/\nred\nprogress 2\nthe end$/)
    expect(output).not.toContain('\u001b')
    expect(Buffer.byteLength(output)).toBeLessThanOrEqual(4096)
    expect((await runFiles(home, '.verify.log')).length).toBeGreaterThan(6_000_000)
    const [, second] = await callsIn(home)
    expect(second?.stdin).toContain('\nred\nprogress 2\nthe end\n')
    expect(second?.stdin.length).toBeLessThan(8_192)
  })

  test('sees no key of a vendor and no token of a bridge, but what a shell needs and what is passed by name', async () => {
    await using home = await homeOf({ verify: 'env >"$HOME/seen"; test -z "$(cat)"' }, WRITES_BAD, {
      env: {
        ANTHROPIC_API_KEY: 'sk-ant-made-up-key-of-the-tests',
        CLAUDE_CODE_OAUTH_TOKEN: 'of-the-vendor',
        OPENAI_API_KEY: 'of-another',
        TELEGRAM_BOT_TOKEN: '123456:abcdefghijklmnopqrstuvwxyzABCDEFGHI',
        AWS_SECRET_ACCESS_KEY: 'of-a-cloud',
        AGENT_ENV_PASS: 'PASSED_BY_NAME,TELEGRAM_BOT_TOKEN',
        PASSED_BY_NAME: 'yes',
        SOMETHING_ELSE: 'nobody thought of it',
      },
    })
    expect(await drain(home)).toMatchObject({ status: 'completed' })
    const [agent] = await callsIn(home)
    expect(agent?.env).toMatchObject({ ANTHROPIC_API_KEY: expect.any(String) })
    const lines = (await readFile(join(home.env.HOME ?? '', 'seen'), 'utf8')).trimEnd().split('\n')
    const seen = Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]))
    expect(seen).toMatchObject({ PATH: home.env.PATH, HOME: home.env.HOME, LANG: 'C.UTF-8', PASSED_BY_NAME: 'yes' })
    expect(Object.keys(seen).filter((name) => /ANTHROPIC|CLAUDE|OPENAI|TELEGRAM|AWS|SOMETHING/.test(name))).toEqual([])
  })
})

describe('what happens while a verify command runs', needs('posix'), () => {
  const HANGS = 'touch "$HOME/verifying"; setsid sleep 301 & (trap "" TERM; sleep 302) & sleep 303'

  test('cancel ends it and the task, and leaves nothing running', async () => {
    await using home = await homeOf({ verify: [HANGS, 'touch "$HOME/after"'] }, WRITES_BAD)
    const daemon = home.start(['start'])
    await untilThere(home, 'verifying')
    expect(await home.run(['cancel', 'a'])).toMatchObject({ code: 0 })

    const result = await home.waitForResult('a')
    expect(result).toMatchObject({ status: 'cancelled', failure: { code: 'cancelled' }, verify: [], files_changed: [{ path: 'a.txt' }] })
    expect(outcomes(result)).toEqual(['cancelled'])
    await untilOnly(home, expect.stringContaining('orchestrator.js start'))
    expect(existsSync(join(home.env.HOME ?? '', 'after'))).toBe(false)
    expect(await daemon.stop()).toMatchObject({ code: 0 })
  })

  test('a stop that waits lets it end; what it refused goes back to the agent at the next start', async () => {
    const verify =
      'touch "$HOME/verifying"; while [ ! -e "$HOME/go" ]; do sleep 0.02; done; grep -qs good a.txt || { echo "play: write=a.txt text=good"; exit 3; }'
    await using home = await homeOf({ type: 'fix', verify }, WRITES_BAD)
    const daemon = home.start(['start'])
    await untilThere(home, 'verifying')
    const stopped = daemon.stop('SIGTERM')
    await daemon.until(/stop/i)
    await release(home, 'go')
    expect(await stopped).toMatchObject({ code: 0 })
    expect(await home.stateOf('a')).toBe('running')
    expect(await callsIn(home)).toHaveLength(1)

    const result = await drain(home)
    expect(result).toMatchObject({ finished: { code: 0 }, status: 'completed' })
    expect(outcomes(result)).toEqual(['verify_failed', 'completed'])
    const [, second] = await callsIn(home)
    expect(second?.stdin).toContain('play: write=a.txt text=good')
  })

  test('kill -9 of the daemon in a fix attempt: it is told once more what the command said', async () => {
    const verify = 'grep -qs good a.txt || { echo "play: write=a.txt text=good until=go"; exit 3; }'
    await using home = await homeOf({ type: 'fix', verify }, WRITES_BAD)
    const daemon = home.start(['start'])
    await until(async () => expect(await callsIn(home)).toHaveLength(2))
    await daemon.stop('SIGKILL')
    await release(home, 'go')

    const result = await drain(home)
    expect(result).toMatchObject({ finished: { code: 0 }, status: 'completed' })
    expect(outcomes(result)).toEqual(['verify_failed', 'interrupted', 'completed'])
    const [, , third] = await callsIn(home)
    expect(third && optionOf(third, '--resume')).toBe(result.session_id)
    expect(third?.stdin).toContain('play: write=a.txt text=good')
  })
})

describe('an agent that had ended when its daemon was ended in the middle of verify', needs('posix'), () => {
  /** Ends the daemon once a verify command has been started that hangs the first time. */
  async function endInVerify(home: Home, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const daemon = home.start(['start'])
    await untilThere(home, 'verifying')
    await daemon.stop(signal)
    expect(await home.stateOf('a')).toBe('running')
  }

  async function changeRecord(home: Home, change: (record: RunRecord) => RunRecord): Promise<void> {
    const path = join(home.paths.running, 'a.run.json')
    await writeFile(path, JSON.stringify(change(JSON.parse(await readFile(path, 'utf8')))))
  }

  const kept = { type: 'fix', verify: [`setsid sleep 301 & ${HANGS_ONCE}`, 'echo checked; echo more >>a.txt'] }

  test.each<[string, NodeJS.Signals]>([
    ['kill -9', 'SIGKILL'],
    ['a stop that does not wait', 'SIGINT'],
  ])(
    'is not started again after %s: its work is verified from the beginning, and its attempt is the one there is',
    async (_how, signal) => {
      const env = { SHUTDOWN_GRACE_SEC: '0', DAILY_BUDGET_USD: '5', PROCESS_FENCE: 'sweep' }
      await using home = await homeOf(kept, 'play: write=a.txt text=good turns=2 usd=0.5 say=It_is_mended.', { env })
      await endInVerify(home, signal)
      if (signal === 'SIGINT') expect(await home.processes()).toEqual([])

      const result = await drain(home)
      expect(await callsIn(home)).toHaveLength(1)
      expect(result).toMatchObject({
        finished: { code: 0, stderr: '' },
        status: 'completed',
        failure: null,
        model: 'stand-in-1',
        attempts: [{ attempt: 1, outcome: 'completed', session_id: result.session_id, turns: 2, cost_usd: 0.5, tokens: { output: 10 } }],
        output: 'It is mended.',
        turns: 2,
        cost_usd: 0.5,
        files_changed: [{ path: 'a.txt', change: 'added', lines_added: 1, lines_removed: 0 }],
        verify: [{ exit_code: 0 }, { exit_code: 0, output: 'checked' }],
        warnings: [],
      })
      const [{ verify_ms: verifyMs, idle_ms: idleMs, started = '', finished } = {}] = result.attempts
      expect(verifyMs).toBe(result.verify.reduce((sum, { duration_ms }) => sum + duration_ms, 0))
      expect(result.timings.worked_ms).toBe(Date.parse(finished ?? '') - Date.parse(started) - (idleMs ?? Number.NaN))
      expect(JSON.parse(await readFile(home.paths.spending, 'utf8'))).toMatchObject({ usd: 0.5 })

      expect(await home.processes()).toEqual([])
      expect(await readdir(home.paths.results)).toEqual(['a_result.json'])
      const events = await home.events('a')
      expect(namesOf(events).filter((name) => name !== 'interrupted')).toEqual([
        ...['task_received', 'parsed', 'claude_started', 'claude_finished', 'recovered', 'verified', 'verified'],
        ...['summarized', 'validated', 'artifacts_written', 'task_archived'],
      ])
      expect(eventsOf(events, 'recovered')).toMatchObject([{ what: 'worked', run_id: result.run_id }])
      expect(eventsOf(events, 'verified')).toMatchObject([{ attempt: 1 }, { attempt: 1 }])
    },
  )

  test('gets its work back if that fails then, in the same session, with all that it was given left but what it used itself', async () => {
    const verify = [HANGS_ONCE, WANTS_GOOD]
    const head = { type: 'fix', verify, retries: 0, max_turns: 3, max_budget_usd: 1, timeout: '60s' }
    await using home = await homeOf(head, `${WRITES_BAD} turns=2 usd=0.25`)
    await endInVerify(home)
    const anHour = 3_600_000
    await changeRecord(home, (record) => ({
      ...record,
      attempts: record.attempts.map((one) => ({ ...one, started: new Date(Date.parse(one.started) - anHour).toISOString() })),
      ...(record.worked && { worked: { ...record.worked, ended: new Date(Date.parse(record.worked.ended) - anHour).toISOString() } }),
    }))

    const result = await drain(home)
    expect(result).toMatchObject({ finished: { code: 0 }, status: 'completed', verify: [{ exit_code: 0 }, { exit_code: 0 }] })
    expect(outcomes(result)).toEqual(['verify_failed', 'completed'])
    expect(result.attempts[0]?.idle_ms).toBeGreaterThanOrEqual(anHour)
    const [, second, ...more] = await callsIn(home)
    expect(more).toEqual([])
    expect(second && optionOf(second, '--resume')).toBe(result.session_id)
    expect(second?.args).toEqual(expect.arrayContaining(['--max-turns', '1', '--max-budget-usd', '0.75']))
    expect(second?.stdin).toContain('play: write=a.txt text=good')
  })

  test('needs neither its account nor money any more, however little of them is left', async () => {
    const env = { DAILY_BUDGET_USD: '0.3', MAX_BUDGET_USD: '0.3' }
    await using home = await homeOf(kept, `${WRITES_BAD} usd=0.3`, { env })
    await endInVerify(home)
    const hold = { agent: 'claude', code: 'auth_failed', message: 'Not logged in', since: 0, until: Date.now() + 600_000, strikes: 1 }
    await writeFile(home.paths.holds, JSON.stringify([hold]))
    await home.drop('b', taskFile({ cwd: '.' }, 'play: write=b.txt'))

    expect(await home.run(['start', '--once'])).toMatchObject({ code: 75, stdout: expect.stringMatching(/1 completed, 0 failed, 1 still/) })
    expect(await home.waitForResult('a')).toMatchObject({ status: 'completed', attempts: [{ outcome: 'completed' }], cost_usd: 0.3 })
    expect(await callsIn(home)).toHaveLength(1)
  })

  test('is judged by the place where it worked, whatever became of the configuration', async () => {
    await using home = await homeOf({ type: 'fix', verify: [HANGS_ONCE, 'pwd'], cwd: 'sub' }, WRITES_BAD, {
      files: { '../work/sub/kept.txt': '', '../work/other/sub/kept.txt': '' },
    })
    await endInVerify(home)
    const env = { CLAUDE_BASE_CWD: join(home.work, 'other'), CLAUDE_ALLOWED_ROOT: home.work, DEFAULT_AGENT: 'demo' }
    expect(await home.run(['start', '--once'], { env })).toMatchObject({ code: 0 })
    const where = join(home.work, 'sub')
    expect(await home.waitForResult('a')).toMatchObject({ agent: 'claude', workspace: { path: where }, verify: [{}, { output: where }] })
  })

  test('keeps its answer and its cost where the run is cancelled before that is gone on with', async () => {
    await using home = await homeOf(kept, `${WRITES_BAD} usd=0.5 say=It_is_mended.`)
    const first = home.start(['start'])
    await untilThere(home, 'verifying')
    expect(await home.run(['pause'])).toMatchObject({ code: 0 })
    await first.stop('SIGKILL')
    const second = home.start(['start'])
    await second.until(/watching/)
    expect(await home.run(['cancel', 'a'])).toMatchObject({ code: 0 })

    const result = await home.waitForResult('a')
    expect(result).toMatchObject({
      status: 'cancelled',
      output: 'It is mended.',
      cost_usd: 0.5,
      files_changed: [{ path: 'a.txt' }],
      verify: [],
    })
    expect(outcomes(result)).toEqual(['cancelled'])
    expect(await second.stop()).toMatchObject({ code: 0 })
  })

  test('has failed if that ends daemon after daemon, and keeps its answer', async () => {
    await using home = await homeOf(kept, `${WRITES_BAD} say=It_is_mended.`, { env: { MAX_RETRIES: '0' } })
    await endInVerify(home)
    await changeRecord(home, (record) => ({ ...record, ...(record.worked && { worked: { ...record.worked, cut_off: 5 } }) }))

    const result = await drain(home)
    expect(result).toMatchObject({
      status: 'failed',
      failure: { code: 'interrupted_too_often', message: expect.stringContaining('6 times') },
      output: 'It is mended.',
      files_changed: [{ path: 'a.txt' }],
    })
    expect(outcomes(result)).toEqual(['interrupted_too_often'])
    expect(await callsIn(home)).toHaveLength(1)
  })

  test('goes on in its session where the record is of a version that did not note what it had done', async () => {
    await using home = await homeOf(kept, WRITES_BAD)
    await endInVerify(home)
    await changeRecord(home, ({ worked: _, ...record }) => record)

    const result = await drain(home)
    expect(result).toMatchObject({ finished: { code: 0 }, status: 'completed' })
    expect(outcomes(result)).toEqual(['interrupted', 'completed'])
    expect(result.files_changed, 'what the killed attempt changed is not told as nothing').toBeNull()
    const [, second] = await callsIn(home)
    expect(second && optionOf(second, '--resume')).toBe(result.session_id)
  })

  test('leaves no secret that it told in the record of its run', async () => {
    const secret = 'sk-ant-made-up-key-of-the-tests'
    await using home = await homeOf(kept, `${WRITES_BAD} tell=ANTHROPIC_API_KEY`, { env: { ANTHROPIC_API_KEY: secret } })
    await endInVerify(home)
    const record = await readFile(join(home.paths.running, 'a.run.json'), 'utf8')
    expect(record).toContain('It is ')
    expect(record).not.toContain(secret)
    expect((await drain(home)).output).toMatch(/^It is (?!sk-ant)/)
  })
})

describe('success criteria', needs('posix'), () => {
  const CHECKED = '\n**Success Criteria:**\n- [ ] a is good (verify: `grep -qs good a.txt`)\n- [ ] it is fast\n'

  test('that name a check are met by it, and the others are unknown without a local model', async () => {
    await using home = await homeOf({ verify: 'true' }, 'play: write=a.txt text=good say=It_is_fast_and_good.', { sections: CHECKED })
    const result = await drain(home)
    expect(result).toMatchObject({
      status: 'completed',
      verify: [{ command: 'true' }, { command: 'grep -qs good a.txt', exit_code: 0 }],
      criteria: [
        { text: 'a is good', status: 'met', evidence: expect.stringContaining('grep -qs good a.txt'), judged_by: 'verify' },
        { text: 'it is fast', status: 'unknown', evidence: null, judged_by: null },
      ],
      warnings: [],
    })
  })

  test('that name a check which fails are unmet, and fail the task', async () => {
    await using home = await homeOf({ fix_attempts: 0 }, `${WRITES_BAD} say=All_criteria_are_met.`, { sections: CHECKED })
    expect(await drain(home)).toMatchObject({
      status: 'failed',
      failure: { code: 'verify_failed' },
      criteria: [
        { text: 'a is good', status: 'unmet', judged_by: 'verify' },
        { text: 'it is fast', status: 'unknown', evidence: null, judged_by: null },
      ],
    })
  })
})

describe('success criteria that a local model judges', needs('posix'), () => {
  const BY = 'ollama:llama3.1:8b'
  const JUDGED =
    '\n**Success Criteria:**\n- [ ] a is good (verify: grep -qs good a.txt)\n- [ ] it is fast\n- [ ] it is short\n- [ ] it is pretty\n'
  const SURE = {
    criterion_1: { evidence: 'The diff adds a cache to a.txt.', verdict: 'met' },
    criterion_2: { evidence: 'The diff adds four lines.', verdict: 'unmet' },
    criterion_3: { evidence: '', verdict: 'unknown' },
  }
  const asksToJudge = ({ format }: ChatRequest) => JSON.stringify(format).includes('criterion_1')

  async function judged(
    says: Play | object,
    env: Readonly<Record<string, string>> = {},
    prompt = 'play: write=a.txt text=good say=It_is_fast,_short_and_pretty.',
  ) {
    const play: Play = 'kind' in says ? (says as Play) : { kind: 'right', says }
    await using server = await startOllamaServer((request) => (asksToJudge(request) ? play : { kind: 'right', says: {} }))
    await using home = await homeOf({ type: 'fix' }, prompt, { sections: JUDGED, env: { OLLAMA_HOST: server.url, ...env } })
    const result = await drain(home)
    return { result, asked: server.requests.filter(asksToJudge), summary: await summary(home) }
  }

  test('are met or unmet by what it says, and only those that no command decides; unmet is a warning', async () => {
    const { result, asked, summary } = await judged(SURE)
    expect(result).toMatchObject({
      finished: { code: 0 },
      status: 'completed',
      criteria: [
        { text: 'a is good', status: 'met', judged_by: 'verify' },
        { text: 'it is fast', status: 'met', evidence: 'The diff adds a cache to a.txt.', judged_by: BY },
        { text: 'it is short', status: 'unmet', evidence: 'The diff adds four lines.', judged_by: BY },
        { text: 'it is pretty', status: 'unknown', evidence: null, judged_by: null },
      ],
      warnings: [`Judged as unmet by ${BY}: it is short (The diff adds four lines.)`],
    })
    expect(summary).toContain('it is short')
    expect(asked).toHaveLength(1)
    const material = asked[0]?.messages.map(({ content }) => content).join('\n') ?? ''
    for (const part of ['it is fast', 'it is short', 'it is pretty', '+good', 'grep -qs good a.txt', 'It is fast, short and pretty.'])
      expect(material).toContain(part)
    expect(material).not.toMatch(/^\d+\. a is good/m)
  })

  test('fail the task where one is unmet and all are demanded', async () => {
    const { result } = await judged(SURE, { CRITERIA_STRICT: 'true' })
    expect(result).toMatchObject({
      finished: { code: 1 },
      status: 'failed',
      failure: { code: 'criteria_unmet', message: expect.stringContaining('it is short'), retryable: false },
      criteria: [{ status: 'met' }, { status: 'met' }, { status: 'unmet' }, { status: 'unknown' }],
    })
  })

  test('do not fail it where the model is only not sure', async () => {
    const { result } = await judged(
      { ...SURE, criterion_2: { evidence: 'Nobody can tell.', verdict: 'unknown' } },
      { CRITERIA_STRICT: 'true' },
    )
    expect(result).toMatchObject({ status: 'completed', warnings: [] })
  })

  test('are unknown after an answer that is of no use, whatever the agent claims and even where all are demanded', async () => {
    const answers: Readonly<Record<string, Play>> = {
      nonsense: { kind: 'right', says: 'All criteria are met!' },
      misformed: { kind: 'right', says: { criterion_1: 'met', criterion_2: { verdict: 'met' }, other: true } },
      'without-evidence': {
        kind: 'right',
        says: { criterion_1: { evidence: ' ', verdict: 'met' }, criterion_2: { evidence: '…', verdict: 'unmet' } },
      },
    }
    const ids = Object.keys(answers)
    await using server = await startOllamaServer((request) => {
      const asked = asksToJudge(request) && ids.find((id) => JSON.stringify(request.messages).includes(`About ${id}.`))
      return (asked && answers[asked]) || { kind: 'right', says: {} }
    })
    const texts = ids.flatMap((id) => [
      [`tasks/${id}.task.md`, taskFile({ type: 'fix', cwd: id }, `About ${id}.\nplay: write=a.txt text=good say=All_is_met.`) + JUDGED],
      [`../work/${id}/kept.txt`, ''],
    ])
    await using home = await makeStandInHome({
      files: Object.fromEntries(texts),
      env: { OLLAMA_HOST: server.url, CRITERIA_STRICT: 'true' },
    })
    expect(await home.run(['start', '--once'])).toMatchObject({ code: 0 })

    const unknown = { status: 'unknown', evidence: null, judged_by: null }
    for (const id of ids)
      expect(await home.waitForResult(id), id).toMatchObject({
        status: 'completed',
        criteria: [{ status: 'met', judged_by: 'verify' }, unknown, unknown, unknown],
        warnings: [],
      })
    expect(server.requests.filter(asksToJudge)).toHaveLength(ids.length)
  })

  test.each<[string, Play]>([
    ['an error', { kind: 'status', status: 500, body: '{"error":"out of memory"}' }],
    ['half an answer', { kind: 'cut' }],
  ])('are unknown after %s', async (_what, play) => {
    const { result } = await judged(play, { CRITERIA_STRICT: 'true' })
    const unknown = { status: 'unknown', evidence: null, judged_by: null }
    expect(result).toMatchObject({ status: 'completed', criteria: [{ status: 'met' }, unknown, unknown, unknown] })
  })

  test('are not asked about where the task has failed anyway', async () => {
    const { result, asked } = await judged(SURE, {}, WRITES_BAD)
    expect(result).toMatchObject({
      failure: { code: 'verify_failed' },
      criteria: [{ status: 'unmet', judged_by: 'verify' }, { status: 'unknown' }, {}, {}],
    })
    expect(asked).toEqual([])
  })
})

describe('an agent that lies or leaves half work', needs('posix'), () => {
  /** Front matter, prompt and what follows it, of each task; each works in a directory of its own. */
  const TASKS: Readonly<Record<string, readonly [head: Head, prompt: string, sections?: string]>> = {
    untouched: [{ type: 'fix' }, 'play: write=src/a.ts say=I_updated_`src/a.ts`_and_`src/b.ts`.'],
    beside: [{ type: 'fix' }, 'play: write=elsewhere.txt', '\n**Target Files:**\n- src/a.ts\n'],
    honest: [{ type: 'fix' }, 'play: write=src/a.ts say=I_created_`src/a.ts`.', '\n**Target Files:**\n- src/a.ts\n'],
    idle: [{ type: 'fix', verify: 'true' }, 'play: say=I_have_fixed_it.'],
    ran: [{ type: 'fix' }, 'play: deed=systemctl_restart_db'],
    question: [{}, 'What is the capital of France?\nplay: say=Paris.'],
    look: [{ type: 'analyze' }, 'play: say=It_is_a_library.'],
    denied: [{ type: 'fix', verify: 'touch verified' }, 'play: write=a.txt deny=npm_test say=All_tests_pass.'],
    cut: [{ type: 'fix', verify: 'touch verified', max_turns: 3 }, 'play: write=a.txt cut=1'],
    'cut-in-fix': [{ type: 'fix', verify: 'echo "play: cut=1"; exit 1' }, WRITES_BAD],
  }
  let home: Home
  let finished: Finished
  beforeAll(async () => {
    const files = Object.entries(TASKS).flatMap(([id, [head, prompt, sections = '']]) => [
      [`tasks/${id}.task.md`, taskFile({ ...head, cwd: id }, prompt) + sections],
      [`../work/${id}/src/b.ts`, 'let b = 1\n'],
    ])
    home = await makeStandInHome({ files: Object.fromEntries(files) })
    finished = await home.run(['start', '--once'])
  })
  afterAll(() => home[Symbol.asyncDispose]())

  test('makes an unattended run fail', () => {
    expect(finished).toMatchObject({ code: 1, stderr: '' })
  })

  test('claims a file that it did not touch: a warning in result and summary', async () => {
    const { status, warnings } = await home.waitForResult('untouched')
    expect(status).toBe('completed')
    expect(warnings).toEqual([expect.stringContaining('src/b.ts')])
    expect(warnings.join()).not.toContain('src/a.ts')
    expect(await summary(home, 'untouched')).toContain('src/b.ts')
  })

  test('changes files beside its target files: a warning', async () => {
    const { status, warnings, files_changed } = await home.waitForResult('beside')
    expect({ status, files_changed }).toMatchObject({ status: 'completed', files_changed: [{ path: 'elsewhere.txt' }] })
    expect(warnings).toEqual([expect.stringContaining('elsewhere.txt')])
    expect(await summary(home, 'beside')).toContain('elsewhere.txt')
  })

  test('changes only its target files, and says so: no warning', async () => {
    expect(await home.waitForResult('honest')).toMatchObject({ status: 'completed', warnings: [] })
  })

  test('has done nothing on a task that is to change something: failed, even where its checks pass', async () => {
    expect(await home.waitForResult('idle')).toMatchObject({
      status: 'failed',
      failure: { code: 'nothing_done', message: expect.stringContaining('type: fix'), retryable: false },
      attempts: [{ outcome: 'nothing_done' }],
      verify: [{ exit_code: 0 }],
    })
  })

  test('ran something on such a task: it may have done what nobody sees', async () => {
    expect(await home.waitForResult('ran')).toMatchObject({ status: 'completed', files_changed: [], warnings: [] })
  })

  test('only answers a task without a type: completed, with a warning', async () => {
    expect(await home.waitForResult('question')).toMatchObject({
      status: 'completed',
      warnings: ['Nothing was changed or run: there is only the answer.'],
    })
    expect(await summary(home, 'question')).toContain('there is only the answer')
  })

  test('only answers a task that is to look: completed', async () => {
    expect(await home.waitForResult('look')).toMatchObject({ status: 'completed', warnings: [] })
  })

  test('was denied what it needed: failed, although it says that it is done; nothing is verified', async () => {
    expect(await home.waitForResult('denied')).toMatchObject({
      status: 'failed',
      failure: { code: 'permission_denied' },
      denials: [{ tool: 'Bash', detail: 'npm test' }],
      attempts: [{ outcome: 'permission_denied', verify_ms: null }],
      verify: [],
    })
    expect(existsSync(join(home.work, 'denied', 'verified'))).toBe(false)
  })

  test('was cut off at its turns: failed, although files changed; nothing is verified', async () => {
    expect(await home.waitForResult('cut')).toMatchObject({
      status: 'failed',
      failure: { code: 'max_turns' },
      files_changed: [{ path: 'a.txt', change: 'added' }],
      verify: [],
    })
    expect(existsSync(join(home.work, 'cut', 'verified'))).toBe(false)
  })

  test('is cut off in its fix attempt: failed for that, with the last that is known of its checks', async () => {
    const result = await home.waitForResult('cut-in-fix')
    expect(result).toMatchObject({ status: 'failed', failure: { code: 'max_turns' }, verify: [{ exit_code: 1 }] })
    expect(outcomes(result)).toEqual(['verify_failed', 'max_turns'])
  })
})

describe('the files that changed in a git repository', needs('git', 'posix'), () => {
  const git = (home: Home, ...args: readonly string[]) =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], {
      cwd: home.work,
      env: home.env,
      encoding: 'utf8',
    })

  /** A repository in which somebody has work of his own under way. */
  async function dirty(home: Home): Promise<void> {
    git(home, 'init', '-q')
    git(home, 'add', 'kept.txt', 'a.txt', '.gitignore')
    git(home, 'commit', '-q', '-m', 'first')
    await writeFile(join(home.work, 'kept.txt'), 'one\ntwo\nnot committed\n')
    await writeFile(join(home.work, 'new.txt'), 'not added\n')
  }

  const FILES = { '../work/kept.txt': 'one\ntwo\n', '../work/a.txt': 'bad\nkept\n', '../work/.gitignore': 'build/\n' }

  test('are those that the agent changed, with their lines; what was under way, what git ignores and what a check wrote are not', async () => {
    const verify = 'mkdir -p build && echo x >build/out.txt && echo report >report.txt'
    await using home = await homeOf({ type: 'fix', verify }, 'play: write=a.txt text=good\\nkept\\nmore', { files: FILES })
    await dirty(home)
    const before = git(home, 'status', '--porcelain')
    const result = await drain(home)
    expect(result).toMatchObject({
      status: 'completed',
      files_changed: [{ path: 'a.txt', change: 'modified', lines_added: 2, lines_removed: 1 }],
    })
    expect(
      git(home, 'status', '--porcelain')
        .split('\n')
        .filter((line) => !/ (a|report)\.txt$/.test(line)),
    ).toEqual(before.split('\n'))
    expect(git(home, 'diff', '--cached', '--name-only')).toBe('')
  })

  test('are those of all attempts of a fix loop', async () => {
    const verify = 'grep -qs good b.txt || { printf "%s\\n" "play: write=b.txt text=good\\\\nlast"; exit 1; }'
    await using home = await homeOf({ type: 'fix', verify }, 'play: write=a.txt text=better\\nkept', { files: FILES })
    await dirty(home)
    const result = await drain(home)
    expect(outcomes(result)).toEqual(['verify_failed', 'completed'])
    expect(result.files_changed).toEqual([
      { path: 'a.txt', change: 'modified', lines_added: 1, lines_removed: 1 },
      { path: 'b.txt', change: 'added', lines_added: 2, lines_removed: 0 },
    ])
  })

  test('are told once where both attempts of a fix loop worked on the same', async () => {
    await using home = await homeOf(
      { type: 'fix', verify: 'grep -qs good n.txt || { echo "play: write=n.txt text=good"; exit 1; }' },
      'play: write=n.txt text=bad',
      { files: FILES },
    )
    await dirty(home)
    expect((await drain(home)).files_changed).toEqual([{ path: 'n.txt', change: 'added', lines_added: 1, lines_removed: 0 }])
  })
})
