import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { tellDaemon } from '../../src/control/client.ts'
import type { LoggedEvent } from '../../src/domain/events.ts'
import type { TaskResult } from '../../src/domain/result.ts'
import type { RunRecord } from '../../src/domain/run.ts'
import type { Home, HomeOptions } from '../helpers/home.ts'
import { needs } from '../helpers/needs.ts'
import { type ChatRequest, type OllamaServer, type Play, startOllamaServer } from '../helpers/ollama-server.ts'
import type { Finished } from '../helpers/process.ts'
import { type Call, callsIn, makeStandInHome, namesOf, optionOf, release, taskFile } from '../helpers/stand-in.ts'
import { until } from '../helpers/until.ts'

type Head = Readonly<Record<string, unknown>>
type Events = readonly LoggedEvent[]

const MS = expect.any(Number)
/** Fails until `a.txt` is good; what it prints makes the stand-in mend it, so that it can only be mended by who is told. */
const WANTS_GOOD = 'grep -qs good a.txt || { echo "play: write=a.txt text=good"; exit 3; }'
const WRITES_BAD = 'play: write=a.txt text=bad'
/** Hangs the first time, once it has left a mark that bears the name of the directory, and passes from then on. */
const HANGS_ONCE = 'at="$HOME/verifying-$(basename "$PWD")"; test -e "$at" || { touch "$at"; sleep 300; }'

/** Files of a home: its tasks and a directory for each. */
class Inbox {
  readonly files: Record<string, string> = {}

  /** Adds a task that works in a directory which bears its id. To be called while tests are collected, beside the test. */
  add(id: string, head: Head, prompt: string, sections = ''): string {
    this.files[`tasks/${id}.task.md`] = `${taskFile({ cwd: id, ...head }, prompt)}${sections}`
    this.files[`../work/${id}/.kept`] = ''
    return id
  }
}

function makeHomeOf({ files }: Inbox, options: HomeOptions = {}): Promise<Home> {
  return makeStandInHome({ ...options, env: { MAX_CONCURRENT_TASKS: '8', ...options.env }, files: { ...files, ...options.files } })
}

function outcomes({ attempts }: TaskResult): (string | null)[] {
  return attempts.map(({ outcome }) => outcome)
}

function eventsOf<Name extends LoggedEvent['event']>(events: Events, name: Name): LoggedEvent[] {
  return events.filter(({ event }) => event === name)
}

/** The calls of the agent for a task, in order. */
async function callsFor(home: Home, id: string): Promise<readonly Call[]> {
  return (await callsIn(home)).filter(({ cwd }) => cwd === join(home.work, id))
}

/** Waits until a verify command of each of these has begun that marks it. */
async function untilVerifying(home: Home, ...ids: readonly string[]): Promise<void> {
  const marks = ids.map((id) => `verifying-${id}`)
  await until(async () => expect(await readdir(home.env.HOME ?? '')).toEqual(expect.arrayContaining(marks)))
}

/** The files of one kind that a run left, one after the other. */
async function runFiles(home: Home, { run_id }: TaskResult, kind: string): Promise<string> {
  const names = (await readdir(home.paths.runs)).filter((name) => name === `${run_id}${kind}`)
  return (await Promise.all(names.map((name) => readFile(join(home.paths.runs, name), 'utf8')))).join('')
}

function summary(home: Home, id: string): Promise<string> {
  return readFile(join(home.paths.summaries, `${id}_summary.txt`), 'utf8')
}

describe('in an unattended run,', needs('posix'), () => {
  const inbox = new Inbox()
  let home: Home
  let finished: Finished
  let left: readonly string[]
  beforeAll(async () => {
    home = await makeHomeOf(inbox, {
      env: { VERIFY_DEFAULT: 'refactor: exit 9, docs: echo docs, chore: exit 9' },
      files: { 'config/orchestrator.yaml': 'types:\n  chore:\n    verify: exit 4\n    fix_attempts: 2\n' },
    })
    finished = await home.run(['start', '--once'])
    left = await home.processes()
  })
  afterAll(() => home[Symbol.asyncDispose]())

  test('a task that failed makes it fail', () => {
    expect(finished).toMatchObject({ code: 1, stderr: '' })
  })

  describe('a task whose verify commands succeed', () => {
    const DONE = ['test -s a.txt', 'echo fine; grep good a.txt']
    const done = inbox.add('done', { type: 'fix', verify: DONE }, 'play: write=a.txt text=good')
    test('is completed, with every command in its result, its events, its log and what is shown of it', async () => {
      const result = await home.waitForResult(done)
      const runs = [
        { command: 'test -s a.txt', exit_code: 0, duration_ms: MS, output: '' },
        { command: 'echo fine; grep good a.txt', exit_code: 0, duration_ms: MS, output: 'fine\ngood' },
      ]
      expect(result).toMatchObject({
        status: 'completed',
        failure: null,
        verify: runs,
        attempts: [{ outcome: 'completed', verify_ms: MS }],
        files_changed: [{ path: 'a.txt', change: 'added', lines_added: 1, lines_removed: 0 }],
        warnings: [],
      })
      expect(result.attempts[0]?.verify_ms).toBe(result.verify.reduce((sum, { duration_ms }) => sum + duration_ms, 0))
      const events = await home.events(done)
      expect(namesOf(events)).toEqual([
        ...['task_received', 'parsed', 'claude_started', 'claude_finished', 'verified', 'verified'],
        ...['summarized', 'validated', 'artifacts_written', 'task_archived'],
      ])
      expect(eventsOf(events, 'verified')).toMatchObject(
        runs.map(({ command }) => ({ attempt: 1, command, exit_code: 0, duration_ms: MS, run_id: result.run_id })),
      )
      expect(await runFiles(home, result, '.verify.log')).toBe(
        '=== attempt 1 ===\n$ test -s a.txt\n$ echo fine; grep good a.txt\nfine\ngood\n',
      )
      expect(await runFiles(home, result, '.patch')).toContain('+good')
      const shown = (await home.run(['show', done])).stdout
      for (const command of DONE) expect(shown).toContain(`✔ ${command} (exit 0, `)
    })

    const SHELL = ['pwd', 'cd sub && pwd', 'cat <<EOF\n"quoted" $((1 + 1))\nEOF', 'exit 0 # and nothing else']
    const shell = inbox.add('shell', { verify: SHELL }, 'play: write=sub/b.txt')
    test('runs them where it works, as the shell does', async () => {
      const { status, verify: runs } = await home.waitForResult(shell)
      expect(status).toBe('completed')
      const where = join(home.work, shell)
      expect(runs.map(({ output }) => output)).toEqual([where, join(where, 'sub'), '"quoted" 2', ''])
    })

    const none = inbox.add('none', { type: 'refactor', verify: [] }, 'play: write=a.txt')
    const docs = inbox.add('docs', { type: 'docs' }, 'play: write=b.txt')
    const feature = inbox.add('feature', { type: 'feature' }, 'play: write=c.txt')
    test('has none to run where it says so, or its type has none', async () => {
      const results = await Promise.all([none, docs, feature].map(home.waitForResult))
      expect(results.map(({ status }) => status)).toEqual(['completed', 'completed', 'completed'])
      expect(results.map(({ verify }) => verify)).toMatchObject([[], [{ command: 'echo docs', exit_code: 0, output: 'docs' }], []])
    })

    const chore = inbox.add('chore', { type: 'chore' }, WRITES_BAD)
    test('takes those of its type from config/orchestrator.yaml before VERIFY_DEFAULT', async () => {
      const result = await home.waitForResult(chore)
      expect(result.verify).toMatchObject([{ command: 'exit 4', exit_code: 4 }])
      expect(outcomes(result)).toEqual(['verify_failed', 'verify_failed', 'verify_failed'])
    })
  })

  describe('a task whose verify command fails', () => {
    const mended = inbox.add('mended', { type: 'fix', verify: WANTS_GOOD }, WRITES_BAD)
    test('goes back to the agent in the same session, with the command and the end of its output, and is completed once that is mended', async () => {
      const result = await home.waitForResult(mended)
      expect(await readFile(join(home.work, mended, 'a.txt'), 'utf8')).toBe('good\n')
      expect(result).toMatchObject({
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

      const [first, second, ...more] = await callsFor(home, mended)
      expect(more).toEqual([])
      expect(first?.args.filter((arg) => arg.startsWith('--resume'))).toEqual([])
      expect(second && optionOf(second, '--resume')).toBe(session)
      expect(second?.stdin).toContain(WANTS_GOOD)
      expect(second?.stdin).toContain('\nplay: write=a.txt text=good\n')
      expect(second?.stdin).not.toContain(WRITES_BAD)

      const events = await home.events(mended)
      expect(namesOf(events)).toEqual([
        ...['task_received', 'parsed', 'claude_started', 'claude_finished', 'verified', 'retry'],
        ...['claude_started', 'claude_finished', 'verified', 'summarized', 'validated', 'artifacts_written', 'task_archived'],
      ])
      expect(eventsOf(events, 'retry')).toMatchObject([{ attempt: 2, code: 'verify_failed', delay_ms: 0 }])
      expect(eventsOf(events, 'verified')).toMatchObject([
        { attempt: 1, exit_code: 3 },
        { attempt: 2, exit_code: 0 },
      ])
      expect(await runFiles(home, result, '.verify.log')).toBe(
        `=== attempt 1 ===\n$ ${WANTS_GOOD}\nplay: write=a.txt text=good\n=== attempt 2 ===\n$ ${WANTS_GOOD}\n`,
      )
      const patch = await runFiles(home, result, '.patch')
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

    const refused = inbox.add(
      'refused',
      { type: 'fix', verify: 'echo "2 tests failed"; exit 4', fix_attempts: 2, retries: 0 },
      `${WRITES_BAD} say=All_tests_pass.`,
    )
    test('has failed once it was handed back as often as it may be, whatever the agent claims; that costs no retry', async () => {
      const result = await home.waitForResult(refused)
      expect(result).toMatchObject({
        status: 'failed',
        failure: { code: 'verify_failed', message: expect.stringContaining('2 tests failed'), retryable: false },
        verify: [{ exit_code: 4, output: '2 tests failed' }],
        files_changed: [{ path: 'a.txt' }],
      })
      expect(outcomes(result)).toEqual(['verify_failed', 'verify_failed', 'verify_failed'])
      expect(await callsFor(home, refused)).toHaveLength(3)
      expect(await home.stateOf(refused)).toBe('failed')
      expect(await summary(home, refused)).toMatch(/^✖ failed/)
      const shown = (await home.run(['show', refused])).stdout
      expect(shown).toContain('✖ echo "2 tests failed"; exit 4 (exit 4, ')
      expect(shown).toContain('    2 tests failed')
    })

    const final = inbox.add('final', { verify: 'exit 1', fix_attempts: 0 }, `${WRITES_BAD} say=All_tests_pass.`)
    test('is not handed back where it may not be', async () => {
      const result = await home.waitForResult(final)
      expect(result).toMatchObject({ status: 'failed', failure: { code: 'verify_failed' }, output: 'All tests pass.' })
      expect(await callsFor(home, final)).toHaveLength(1)
      expect(namesOf(await home.events(final))).not.toContain('retry')
    })

    const several = inbox.add('several', { verify: ['echo one; exit 1', 'echo two', 'echo three >&2; exit 3'] }, WRITES_BAD)
    test('has all its commands run and told, and the agent hears of those that failed', async () => {
      expect((await home.waitForResult(several)).verify).toMatchObject([
        { exit_code: 1, output: 'one' },
        { exit_code: 0, output: 'two' },
        { exit_code: 3, output: 'three' },
      ])
      expect(eventsOf(await home.events(several), 'verified')).toHaveLength(6)
      const [, second] = await callsFor(home, several)
      for (const part of ['echo one; exit 1', 'echo three >&2; exit 3', '\none\n', '\nthree\n']) expect(second?.stdin).toContain(part)
      expect(second?.stdin).not.toContain('echo two')
    })

    const limited = inbox.add(
      'limited',
      { verify: 'echo "play: turns=1 usd=0.2"; exit 1', fix_attempts: 3, max_turns: 5, max_budget_usd: 1 },
      'play: write=a.txt turns=2 usd=0.3',
    )
    test('is mended with what the work left of turns and money, over all attempts', async () => {
      const limits = (await callsFor(home, limited)).map((call) => ({
        turns: Number(optionOf(call, '--max-turns')),
        usd: Number(optionOf(call, '--max-budget-usd')),
      }))
      expect(limits).toEqual([
        { turns: 5, usd: 1 },
        { turns: 3, usd: expect.closeTo(0.7) },
        { turns: 2, usd: expect.closeTo(0.5) },
        { turns: 1, usd: expect.closeTo(0.3) },
      ])
      expect(await home.waitForResult(limited)).toMatchObject({ failure: { code: 'verify_failed' }, turns: 5, cost_usd: 0.9 })
    })

    for (const [what, limit] of Object.entries({ turns: { max_turns: 2 }, money: { max_budget_usd: 0.3 } })) {
      const id = inbox.add(`no-${what}`, { verify: 'exit 1', fix_attempts: 3, ...limit }, 'play: write=a.txt turns=2 usd=0.3')
      test(`is not handed back without ${what} left`, async () => {
        const result = await home.waitForResult(id)
        expect(result).toMatchObject({ failure: { code: 'verify_failed' }, attempts: [{ outcome: 'verify_failed' }] })
        expect(result.attempts).toHaveLength(1)
      })
    }

    const retried = inbox.add('retried', { verify: WANTS_GOOD, retries: 1 }, `${WRITES_BAD} status=500 first=1`)
    test('keeps its retries for passing faults', async () => {
      expect(outcomes(await home.waitForResult(retried))).toEqual(['api_error', 'verify_failed', 'completed'])
    })

    const cleaned = inbox.add('cleaned', { verify: 'exit 1', fix_attempts: 0 }, WRITES_BAD)
    test('leaves files that go with its other artefacts', async () => {
      const { run_id } = await home.waitForResult(cleaned)
      const itsFiles = async () => (await readdir(home.paths.runs)).filter((name) => name.startsWith(run_id))
      const names = await itsFiles()
      expect(names.map((name) => name.slice(run_id.length)).sort()).toEqual(['.ndjson', '.patch', '.verify.log'])
      for (const name of names) await utimes(join(home.paths.runs, name), 0, 0)
      expect(await home.run(['clean', 'artifacts', '--days', '9999'])).toMatchObject({ code: 0 })
      expect(await itsFiles()).toEqual([])
    })
  })

  describe('a verify command', () => {
    const killed = inbox.add('killed', { verify: 'kill -KILL $$', fix_attempts: 0 }, WRITES_BAD)
    test('that is killed by another is told so', async () => {
      expect(await home.waitForResult(killed)).toMatchObject({
        failure: { code: 'verify_failed', message: expect.stringContaining('SIGKILL') },
        verify: [{ exit_code: 137, output: expect.stringMatching(/ended by SIGKILL\]$/) }],
      })
    })

    const leaver = inbox.add('leaver', { verify: 'setsid sleep 300 >/dev/null 2>&1 & sleep 301 & exit 0' }, WRITES_BAD)
    test('that leaves processes behind leaves none', async () => {
      expect(await home.waitForResult(leaver)).toMatchObject({ status: 'completed', verify: [{ exit_code: 0 }] })
      expect(left).toEqual([])
    })

    const unknown = inbox.add('unknown', { verify: 'no-such-program --now', fix_attempts: 0 }, WRITES_BAD)
    test('that does not exist has failed as in any shell', async () => {
      expect(await home.waitForResult(unknown)).toMatchObject({
        failure: { code: 'verify_failed' },
        verify: [{ exit_code: 127, output: expect.stringContaining('no-such-program') }],
      })
    })

    const FLOODS =
      'yes "a line that says nothing" | head -c 3000000; echo; printf "\\033[31mred\\033[0m\\nprogress 1\\rprogress 2\\nthe end"; exit 1'
    const floods = inbox.add('floods', { verify: FLOODS, fix_attempts: 1 }, WRITES_BAD)
    test('may print without end, in colours and without an end of line: its last lines are kept as a person reads them', async () => {
      const result = await home.waitForResult(floods)
      const [{ output = '' } = {}] = result.verify
      expect(output).toMatch(/\nred\nprogress 2\nthe end$/)
      expect(output).not.toContain('\u001b')
      expect(Buffer.byteLength(output)).toBeLessThanOrEqual(4096)
      expect((await runFiles(home, result, '.verify.log')).length).toBeGreaterThan(6_000_000)
      const [, second] = await callsFor(home, floods)
      expect(second?.stdin).toContain('\nred\nprogress 2\nthe end\n')
      expect(second?.stdin.length).toBeLessThan(8_192)
    })
  })

  describe('success criteria', () => {
    const CHECKED = '\n**Success Criteria:**\n- [ ] a is good (verify: `grep -qs good a.txt`)\n- [ ] it is fast\n'

    const met = inbox.add('met', { verify: 'true' }, 'play: write=a.txt text=good say=It_is_fast_and_good.', CHECKED)
    test('that name a check are met by it, and the others are unknown without a local model', async () => {
      expect(await home.waitForResult(met)).toMatchObject({
        status: 'completed',
        verify: [{ command: 'true' }, { command: 'grep -qs good a.txt', exit_code: 0 }],
        criteria: [
          { text: 'a is good', status: 'met', evidence: expect.stringContaining('grep -qs good a.txt'), judged_by: 'verify' },
          { text: 'it is fast', status: 'unknown', evidence: null, judged_by: null },
        ],
        warnings: [],
      })
    })

    const unmet = inbox.add('unmet', { fix_attempts: 0 }, `${WRITES_BAD} say=All_criteria_are_met.`, CHECKED)
    test('that name a check which fails are unmet, and fail the task', async () => {
      expect(await home.waitForResult(unmet)).toMatchObject({
        status: 'failed',
        failure: { code: 'verify_failed' },
        criteria: [
          { text: 'a is good', status: 'unmet', judged_by: 'verify' },
          { text: 'it is fast', status: 'unknown', evidence: null, judged_by: null },
        ],
      })
    })
  })

  describe('an agent that lies or leaves half work', () => {
    const untouched = inbox.add('untouched', { type: 'fix' }, 'play: write=src/a.ts say=I_updated_`src/a.ts`_and_`src/b.ts`.')
    inbox.files[`../work/${untouched}/src/b.ts`] = 'let b = 1\n'
    test('claims a file that it did not touch: a warning in result and summary', async () => {
      const { status, warnings } = await home.waitForResult(untouched)
      expect(status).toBe('completed')
      expect(warnings).toEqual([expect.stringContaining('src/b.ts')])
      expect(warnings.join()).not.toContain('src/a.ts')
      expect(await summary(home, untouched)).toContain('src/b.ts')
    })

    const beside = inbox.add('beside', { type: 'fix' }, 'play: write=elsewhere.txt', '\n**Target Files:**\n- src/a.ts\n')
    test('changes files beside its target files: a warning', async () => {
      const { status, warnings, files_changed } = await home.waitForResult(beside)
      expect({ status, files_changed }).toMatchObject({ status: 'completed', files_changed: [{ path: 'elsewhere.txt' }] })
      expect(warnings).toEqual([expect.stringContaining('elsewhere.txt')])
      expect(await summary(home, beside)).toContain('elsewhere.txt')
    })

    const honest = inbox.add(
      'honest',
      { type: 'fix' },
      'play: write=src/a.ts say=I_created_`src/a.ts`.',
      '\n**Target Files:**\n- src/a.ts\n',
    )
    test('changes only its target files, and says so: no warning', async () => {
      expect(await home.waitForResult(honest)).toMatchObject({ status: 'completed', warnings: [] })
    })

    const idle = inbox.add('idle', { type: 'fix', verify: 'true' }, 'play: say=I_have_fixed_it.')
    test('has done nothing on a task that is to change something: failed, even where its checks pass', async () => {
      expect(await home.waitForResult(idle)).toMatchObject({
        status: 'failed',
        failure: { code: 'nothing_done', message: expect.stringContaining('type: fix'), retryable: false },
        attempts: [{ outcome: 'nothing_done' }],
        verify: [{ exit_code: 0 }],
      })
    })

    const ran = inbox.add('ran', { type: 'fix' }, 'play: deed=systemctl_restart_db')
    test('ran something on such a task: it may have done what nobody sees', async () => {
      expect(await home.waitForResult(ran)).toMatchObject({ status: 'completed', files_changed: [], warnings: [] })
    })

    const question = inbox.add('question', {}, 'What is the capital of France?\nplay: say=Paris.')
    test('only answers a task without a type: completed, with a warning', async () => {
      expect(await home.waitForResult(question)).toMatchObject({
        status: 'completed',
        warnings: ['Nothing was changed or run: there is only the answer.'],
      })
      expect(await summary(home, question)).toContain('there is only the answer')
    })

    const look = inbox.add('look', { type: 'analyze' }, 'play: say=It_is_a_library.')
    test('only answers a task that is to look: completed', async () => {
      expect(await home.waitForResult(look)).toMatchObject({ status: 'completed', warnings: [] })
    })

    const denied = inbox.add('denied', { type: 'fix', verify: 'touch verified' }, 'play: write=a.txt deny=npm_test say=All_tests_pass.')
    test('was denied what it needed: failed, although it says that it is done; nothing is verified', async () => {
      expect(await home.waitForResult(denied)).toMatchObject({
        status: 'failed',
        failure: { code: 'permission_denied' },
        denials: [{ tool: 'Bash', detail: 'npm test' }],
        attempts: [{ outcome: 'permission_denied', verify_ms: null }],
        verify: [],
      })
      expect(existsSync(join(home.work, denied, 'verified'))).toBe(false)
    })

    const cut = inbox.add('cut', { type: 'fix', verify: 'touch verified', max_turns: 3 }, 'play: write=a.txt cut=1')
    test('was cut off at its turns: failed, although files changed; nothing is verified', async () => {
      expect(await home.waitForResult(cut)).toMatchObject({
        status: 'failed',
        failure: { code: 'max_turns' },
        files_changed: [{ path: 'a.txt', change: 'added' }],
        verify: [],
      })
      expect(existsSync(join(home.work, cut, 'verified'))).toBe(false)
    })

    const cutInFix = inbox.add('cut-in-fix', { type: 'fix', verify: 'echo "play: cut=1"; exit 1' }, WRITES_BAD)
    test('is cut off in its fix attempt: failed for that, with the last that is known of its checks', async () => {
      const result = await home.waitForResult(cutInFix)
      expect(result).toMatchObject({ status: 'failed', failure: { code: 'max_turns' }, verify: [{ exit_code: 1 }] })
      expect(outcomes(result)).toEqual(['verify_failed', 'max_turns'])
    })
  })
})

test(
  'a verify command that does not end is ended at its time limit, with all that it started, and told without an exit code',
  needs('posix'),
  async () => {
    const hangs = 'echo begun; setsid sleep 301 & sleep 302 & (trap "" TERM; sleep 303) & sleep 304'
    const inbox = new Inbox()
    const id = inbox.add('hangs', { verify: [hangs, 'echo after'], fix_attempts: 0 }, WRITES_BAD)
    await using home = await makeHomeOf(inbox, { env: { VERIFY_TIMEOUT_SEC: '5' } })
    await home.run(['start', '--once'])
    expect(await home.waitForResult(id)).toMatchObject({
      status: 'failed',
      failure: { code: 'verify_failed', message: expect.stringContaining('time limit') },
      verify: [
        { command: hangs, exit_code: null, output: expect.stringMatching(/^begun\n\[ended after 5 ?s, its time limit\]$/) },
        { command: 'echo after', exit_code: 0, output: 'after' },
      ],
    })
    expect(await home.processes()).toEqual([])
  },
)

describe('secrets of the environment', needs('posix'), () => {
  const SECRET = 'sk-ant-made-up-key-of-the-tests'
  const inbox = new Inbox()
  const told = inbox.add('told', { verify: 'cat said.txt; exit 1', type: 'fix' }, 'play: write=a.txt')
  inbox.files[`../work/${told}/said.txt`] = `play: until=go\nthe key is ${SECRET}\n`
  const looked = inbox.add('looked', { verify: 'env >"$HOME/seen"; test -z "$(cat)"' }, WRITES_BAD)
  let home: Home
  let record: string
  let shown: string
  beforeAll(async () => {
    home = await makeHomeOf(inbox, {
      env: {
        ANTHROPIC_API_KEY: SECRET,
        CLAUDE_CODE_OAUTH_TOKEN: 'of-the-vendor',
        OPENAI_API_KEY: 'of-another',
        TELEGRAM_BOT_TOKEN: '123456:abcdefghijklmnopqrstuvwxyzABCDEFGHI',
        AWS_SECRET_ACCESS_KEY: 'of-a-cloud',
        AGENT_ENV_PASS: 'PASSED_BY_NAME,TELEGRAM_BOT_TOKEN',
        PASSED_BY_NAME: 'yes',
        SOMETHING_ELSE: 'nobody thought of it',
      },
    })
    const finished = home.run(['start', '--once'])
    await until(async () => expect(await callsFor(home, told)).toHaveLength(2))
    record = await readFile(join(home.paths.running, `${told}.run.json`), 'utf8')
    shown = (await home.run(['show', told])).stdout
    await release(home, 'go')
    await finished
  })
  afterAll(() => home[Symbol.asyncDispose]())

  test('that a verify command prints are in no result, no record of the run, no log and no file of the run', async () => {
    const { verify } = await home.waitForResult(told)
    expect(verify).toMatchObject([{ output: expect.stringMatching(/the key is (?!sk-ant)/) }])
    const written = await readdir(home.paths.home, { recursive: true, withFileTypes: true })
    const files = written.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name))
    expect(files).toContainEqual(expect.stringMatching(/\.verify\.log$/))
    const texts = await Promise.all(files.map(async (file): Promise<[string, string]> => [file, await readFile(file, 'utf8')]))
    const leaks = [...texts, ['the record', record], ['show', shown]].filter(([, text]) => text?.includes(SECRET)).map(([name]) => name)
    expect(leaks).toEqual([])
  })

  test('are not seen by a verify command, but what a shell needs and what is passed by name', async () => {
    expect(await home.waitForResult(looked)).toMatchObject({ status: 'completed' })
    const [agent] = await callsFor(home, looked)
    expect(agent?.env).toMatchObject({ ANTHROPIC_API_KEY: expect.any(String) })
    const lines = (await readFile(join(home.env.HOME ?? '', 'seen'), 'utf8')).trimEnd().split('\n')
    const seen = Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]))
    expect(seen).toMatchObject({ PATH: home.env.PATH, HOME: home.env.HOME, LANG: 'C.UTF-8', PASSED_BY_NAME: 'yes' })
    expect(Object.keys(seen).filter((name) => /ANTHROPIC|CLAUDE|OPENAI|TELEGRAM|AWS|SOMETHING/.test(name))).toEqual([])
  })
})

describe('while a verify command runs,', needs('posix'), () => {
  const MARK = 'touch "$HOME/verifying-$(basename "$PWD")"'
  const inbox = new Inbox()
  const cancelled = inbox.add(
    'cancelled',
    { verify: [`${MARK}; setsid sleep 301 & (trap "" TERM; sleep 302) & sleep 303`, 'touch "$HOME/after"'] },
    WRITES_BAD,
  )
  const awaited = inbox.add(
    'awaited',
    { type: 'fix', verify: `${MARK}; while [ ! -e "$HOME/go" ]; do sleep 0.05; done; ${WANTS_GOOD}` },
    WRITES_BAD,
  )
  let home: Home
  let codes: Readonly<Record<'cancel' | 'stop' | 'next', number | null>>
  let left: readonly string[]
  let stateAfterStop: string | undefined
  let callsAfterStop: readonly Call[]
  beforeAll(async () => {
    home = await makeHomeOf(inbox)
    const daemon = home.start(['start'])
    await untilVerifying(home, cancelled, awaited)
    const { code: cancel } = await home.run(['cancel', cancelled])
    await home.waitForResult(cancelled)
    left = await until(async () => {
      const sleepers = (await home.processes()).filter((command) => /sleep 30\d/.test(command))
      expect(sleepers).toEqual([])
      return sleepers
    })

    const stopped = daemon.stop('SIGTERM')
    await daemon.until(/stop/i)
    await release(home, 'go')
    const { code: stop } = await stopped
    stateAfterStop = await home.stateOf(awaited)
    callsAfterStop = await callsFor(home, awaited)
    const { code: next } = await home.run(['start', '--once'])
    codes = { cancel, stop, next }
  })
  afterAll(() => home[Symbol.asyncDispose]())

  test('cancel ends it and the task, and leaves nothing running', async () => {
    expect(codes.cancel).toBe(0)
    const result = await home.waitForResult(cancelled)
    expect(result).toMatchObject({ status: 'cancelled', failure: { code: 'cancelled' }, verify: [], files_changed: [{ path: 'a.txt' }] })
    expect(outcomes(result)).toEqual(['cancelled'])
    expect(left).toEqual([])
    expect(existsSync(join(home.env.HOME ?? '', 'after'))).toBe(false)
  })

  test('a stop that waits lets it end; what it refused goes back to the agent at the next start', async () => {
    expect(codes).toMatchObject({ stop: 0, next: 0 })
    expect(stateAfterStop).toBe('running')
    expect(callsAfterStop).toHaveLength(1)
    const result = await home.waitForResult(awaited)
    expect(result).toMatchObject({ status: 'completed' })
    expect(outcomes(result)).toEqual(['verify_failed', 'completed'])
    const [, second] = await callsFor(home, awaited)
    expect(second?.stdin).toContain('play: write=a.txt text=good')
  })
})

describe('an agent that had ended when its daemon was ended in the middle of verify', needs('posix'), () => {
  const KEPT = { type: 'fix', verify: [`setsid sleep 301 & ${HANGS_ONCE}`, 'echo checked; echo more >>a.txt'] }

  /** What stands of a task whose work was only verified from the beginning: the attempt is the one there is. */
  async function expectVerifiedAnew(home: Home, id: string): Promise<void> {
    const result = await home.waitForResult(id)
    expect(await callsFor(home, id)).toHaveLength(1)
    expect(result).toMatchObject({
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

    expect((await readdir(home.paths.results)).filter((name) => name.startsWith(id))).toEqual([`${id}_result.json`])
    const events = await home.events(id)
    expect(namesOf(events).filter((name) => name !== 'interrupted')).toEqual([
      ...['task_received', 'parsed', 'claude_started', 'claude_finished', 'recovered', 'verified', 'verified'],
      ...['summarized', 'validated', 'artifacts_written', 'task_archived'],
    ])
    expect(eventsOf(events, 'recovered')).toMatchObject([{ what: 'worked', run_id: result.run_id }])
    expect(eventsOf(events, 'verified')).toMatchObject([{ attempt: 1 }, { attempt: 1 }])
  }

  describe('by kill -9', () => {
    const SECRET = 'sk-ant-made-up-key-of-the-tests'
    const AN_HOUR = 3_600_000
    const inbox = new Inbox()
    let home: Home
    /** The record of the run whose agent told a secret, as the killed daemon left it. */
    let record: string
    let cancelCode: number | null
    let second: Finished
    let left: readonly string[]
    beforeAll(async () => {
      home = await makeHomeOf(inbox, { env: { ANTHROPIC_API_KEY: SECRET, SHUTDOWN_GRACE_SEC: '0', PROCESS_FENCE: 'sweep' } })
      const first = home.start(['start'])
      await untilVerifying(home, kept, returned, withdrawn, often, older, told)
      await until(async () => expect(await callsFor(home, mending)).toHaveLength(2))
      await tellDaemon(home.paths, 'pause', {})
      await first.stop('SIGKILL')
      for (const id of [kept, returned, withdrawn, often, older, told, mending]) expect(await home.stateOf(id)).toBe('running')
      record = await readFile(join(home.paths.running, `${told}.run.json`), 'utf8')

      await changeRecord(returned, (was) => ({
        ...was,
        attempts: was.attempts.map((one) => ({ ...one, started: new Date(Date.parse(one.started) - AN_HOUR).toISOString() })),
        ...(was.worked && { worked: { ...was.worked, ended: new Date(Date.parse(was.worked.ended) - AN_HOUR).toISOString() } }),
      }))
      await changeRecord(often, (was) => ({ ...was, ...(was.worked && { worked: { ...was.worked, cut_off: 5 } }) }))
      await changeRecord(older, ({ worked: _, ...was }) => was)
      await release(home, 'go')
      const daemon = home.start(['start'])
      await daemon.until(/watching/)
      cancelCode = (await home.run(['cancel', withdrawn])).code
      await home.waitForResult(withdrawn)
      await tellDaemon(home.paths, 'resume', {})
      for (const id of [kept, returned, often, older, told, mending]) await home.waitForResult(id)
      second = await daemon.stop()
      left = await home.processes()
    })
    afterAll(() => home[Symbol.asyncDispose]())

    async function changeRecord(id: string, change: (record: RunRecord) => RunRecord): Promise<void> {
      const path = join(home.paths.running, `${id}.run.json`)
      await writeFile(path, JSON.stringify(change(JSON.parse(await readFile(path, 'utf8')))))
    }

    const kept = inbox.add('kept', KEPT, 'play: write=a.txt text=good turns=2 usd=0.5 say=It_is_mended.')
    test('is not started again: its work is verified from the beginning, and its attempt is the one there is', async () => {
      await expectVerifiedAnew(home, kept)
      expect(second).toMatchObject({ code: 0, stderr: '' })
      expect(left).toEqual([])
    })

    const returned = inbox.add(
      'returned',
      { type: 'fix', verify: [HANGS_ONCE, WANTS_GOOD], retries: 0, max_turns: 3, max_budget_usd: 1, timeout: '60s' },
      `${WRITES_BAD} turns=2 usd=0.25`,
    )
    test('gets its work back if that fails then, in the same session, with all that it was given left but what it used itself', async () => {
      const result = await home.waitForResult(returned)
      expect(result).toMatchObject({ status: 'completed', verify: [{ exit_code: 0 }, { exit_code: 0 }] })
      expect(outcomes(result)).toEqual(['verify_failed', 'completed'])
      expect(result.attempts[0]?.idle_ms).toBeGreaterThanOrEqual(AN_HOUR)
      const [, second, ...more] = await callsFor(home, returned)
      expect(more).toEqual([])
      expect(second && optionOf(second, '--resume')).toBe(result.session_id)
      expect(second?.args).toEqual(expect.arrayContaining(['--max-turns', '1', '--max-budget-usd', '0.75']))
      expect(second?.stdin).toContain('play: write=a.txt text=good')
    })

    const withdrawn = inbox.add('withdrawn', KEPT, `${WRITES_BAD} usd=0.5 say=It_is_mended.`)
    test('keeps its answer and its cost where the run is cancelled before that is gone on with', async () => {
      expect(cancelCode).toBe(0)
      const result = await home.waitForResult(withdrawn)
      expect(result).toMatchObject({
        status: 'cancelled',
        output: 'It is mended.',
        cost_usd: 0.5,
        files_changed: [{ path: 'a.txt' }],
        verify: [],
      })
      expect(outcomes(result)).toEqual(['cancelled'])
    })

    const often = inbox.add('often', { ...KEPT, retries: 0 }, `${WRITES_BAD} say=It_is_mended.`)
    test('has failed if that ends daemon after daemon, and keeps its answer', async () => {
      const result = await home.waitForResult(often)
      expect(result).toMatchObject({
        status: 'failed',
        failure: { code: 'interrupted_too_often', message: expect.stringContaining('6 times') },
        output: 'It is mended.',
        files_changed: [{ path: 'a.txt' }],
      })
      expect(outcomes(result)).toEqual(['interrupted_too_often'])
      expect(await callsFor(home, often)).toHaveLength(1)
    })

    const older = inbox.add('older', KEPT, WRITES_BAD)
    test('goes on in its session where the record is of a version that did not note what it had done', async () => {
      const result = await home.waitForResult(older)
      expect(result).toMatchObject({ status: 'completed' })
      expect(outcomes(result)).toEqual(['interrupted', 'completed'])
      expect(result.files_changed, 'what the killed attempt changed is not told as nothing').toBeNull()
      const [, second] = await callsFor(home, older)
      expect(second && optionOf(second, '--resume')).toBe(result.session_id)
    })

    const told = inbox.add('told', KEPT, `${WRITES_BAD} tell=ANTHROPIC_API_KEY`)
    test('leaves no secret that it told in the record of its run', async () => {
      expect(record).toContain('It is ')
      expect(record).not.toContain(SECRET)
      expect((await home.waitForResult(told)).output).toMatch(/^It is (?!sk-ant)/)
    })

    const MENDS_LATER = 'grep -qs good a.txt || { echo "play: write=a.txt text=good until=go"; exit 3; }'
    const mending = inbox.add('mending', { type: 'fix', verify: MENDS_LATER }, WRITES_BAD)
    test('and was at work again on what had failed is told once more what the command said', async () => {
      const result = await home.waitForResult(mending)
      expect(result).toMatchObject({ status: 'completed' })
      expect(outcomes(result)).toEqual(['verify_failed', 'interrupted', 'completed'])
      const [, , third] = await callsFor(home, mending)
      expect(third && optionOf(third, '--resume')).toBe(result.session_id)
      expect(third?.stdin).toContain('play: write=a.txt text=good')
    })
  })

  describe('by a stop that does not wait', () => {
    const inbox = new Inbox()
    let home: Home
    let left: readonly string[]
    let second: Finished
    let spent: number
    beforeAll(async () => {
      const env = { SHUTDOWN_GRACE_SEC: '0', DAILY_BUDGET_USD: '5', PROCESS_FENCE: 'sweep' }
      home = await makeHomeOf(inbox, { env, files: { '../work/other/moved/kept.txt': '' } })
      const first = home.start(['start'])
      await untilVerifying(home, kept, poor, moved)
      await first.stop('SIGINT')
      left = await home.processes()
      for (const id of [kept, poor, moved]) expect(await home.stateOf(id)).toBe('running')

      const hold = { agent: 'claude', code: 'auth_failed', message: 'Not logged in', since: 0, until: Date.now() + 6_000_000, strikes: 1 }
      await writeFile(home.paths.holds, JSON.stringify([hold]))
      await home.drop('new', taskFile({ cwd: '.', agent: 'claude' }, 'play: write=b.txt'))
      const changed = { CLAUDE_BASE_CWD: join(home.work, 'other'), CLAUDE_ALLOWED_ROOT: home.work, DEFAULT_AGENT: 'demo' }
      second = await home.run(['start', '--once'], { env: { ...changed, DAILY_BUDGET_USD: '0.3' } })
      spent = JSON.parse(await readFile(home.paths.spending, 'utf8')).usd
    })
    afterAll(() => home[Symbol.asyncDispose]())

    const kept = inbox.add('kept', KEPT, 'play: write=a.txt text=good turns=2 usd=0.5 say=It_is_mended.')
    test('is not started again: its work is verified from the beginning, and its attempt is the one there is', async () => {
      expect(left, 'left running by the stop').toEqual([])
      await expectVerifiedAnew(home, kept)
      expect(await home.processes()).toEqual([])
      expect(second.stderr).toBe('')
      expect(spent, 'nothing counts twice').toBeCloseTo(0.5 + 0.3 + 0.25)
    })

    const poor = inbox.add('poor', { ...KEPT, max_budget_usd: 0.3 }, `${WRITES_BAD} usd=0.3`)
    test('needs neither its account nor money any more, however little of them is left', async () => {
      expect(second).toMatchObject({ code: 75, stdout: expect.stringMatching(/3 completed, 0 failed, 1 still/) })
      expect(await home.waitForResult(poor)).toMatchObject({ status: 'completed', attempts: [{ outcome: 'completed' }], cost_usd: 0.3 })
      expect(await callsFor(home, poor)).toHaveLength(1)
    })

    const moved = inbox.add('moved', { type: 'fix', verify: [HANGS_ONCE, 'pwd'] }, `${WRITES_BAD} usd=0.25`)
    test('is judged by the place where it worked, whatever became of the configuration', async () => {
      const where = join(home.work, moved)
      expect(await home.waitForResult(moved)).toMatchObject({
        agent: 'claude',
        workspace: { path: where },
        verify: [{}, { output: where }],
      })
    })
  })
})

describe('success criteria that a local model judges', needs('posix'), () => {
  const BY = 'ollama:llama3.1:8b'
  const JUDGED =
    '\n**Success Criteria:**\n- [ ] a is good (verify: grep -qs good a.txt)\n- [ ] it is fast\n- [ ] it is short\n- [ ] it is pretty\n'
  const GOOD = 'play: write=a.txt text=good say=It_is_fast,_short_and_pretty.'
  const SURE = {
    criterion_1: { evidence: 'The diff adds a cache to a.txt.', verdict: 'met' },
    criterion_2: { evidence: 'The diff adds four lines.', verdict: 'unmet' },
    criterion_3: { evidence: '', verdict: 'unknown' },
  }
  const UNKNOWN = { status: 'unknown', evidence: null, judged_by: null }

  /** Tasks whose criteria a model judges, each with an answer of its own, all in one unattended run. */
  class Judged {
    readonly #inbox = new Inbox()
    readonly #answers = new Map<string, Play>()
    #server?: OllamaServer
    #home?: Home
    finished?: Finished

    add(id: string, answer: Play, prompt = GOOD, head: Head = {}): string {
      this.#answers.set(id, answer)
      return this.#inbox.add(id, { type: 'fix', ...head }, `About ${id}.\n${prompt}`, JUDGED)
    }

    async run(env: Readonly<Record<string, string>>): Promise<void> {
      this.#server = await startOllamaServer((request) => {
        const id = [...this.#answers.keys()].find((id) => isAsked(request, id))
        return (id && this.#answers.get(id)) || { kind: 'right', says: {} }
      })
      this.#home = await makeHomeOf(this.#inbox, { env: { OLLAMA_HOST: this.#server.url, ...env } })
      this.finished = await this.#home.run(['start', '--once'])
    }

    get home(): Home {
      if (!this.#home) throw new Error('The run has not begun.')
      return this.#home
    }

    /** What the model was asked to judge about a task. */
    asked(id: string): readonly ChatRequest[] {
      return this.#server?.requests.filter((request) => isAsked(request, id)) ?? []
    }

    async [Symbol.asyncDispose](): Promise<void> {
      await this.#server?.[Symbol.asyncDispose]()
      await this.#home?.[Symbol.asyncDispose]()
    }
  }

  function isAsked({ format, messages }: ChatRequest, id: string): boolean {
    return JSON.stringify(format).includes('criterion_1') && JSON.stringify(messages).includes(`About ${id}.`)
  }

  describe('and need not be met', () => {
    const run = new Judged()
    beforeAll(() => run.run({}))
    afterAll(() => run[Symbol.asyncDispose]())

    const sure = run.add('sure', { kind: 'right', says: SURE })
    test('are met or unmet by what it says, and only those that no command decides; unmet is a warning', async () => {
      expect(run.finished).toMatchObject({ code: 0 })
      expect(await run.home.waitForResult(sure)).toMatchObject({
        status: 'completed',
        criteria: [
          { text: 'a is good', status: 'met', judged_by: 'verify' },
          { text: 'it is fast', status: 'met', evidence: 'The diff adds a cache to a.txt.', judged_by: BY },
          { text: 'it is short', status: 'unmet', evidence: 'The diff adds four lines.', judged_by: BY },
          { text: 'it is pretty', ...UNKNOWN },
        ],
        warnings: [`Judged as unmet by ${BY}: it is short (The diff adds four lines.)`],
      })
      expect(await summary(run.home, sure)).toContain('it is short')
      const [request, ...more] = run.asked(sure)
      expect(more).toEqual([])
      const material = request?.messages.map(({ content }) => content).join('\n') ?? ''
      for (const part of ['it is fast', 'it is short', 'it is pretty', '+good', 'grep -qs good a.txt', 'It is fast, short and pretty.'])
        expect(material).toContain(part)
      expect(material).not.toMatch(/^\d+\. a is good/m)
    })
  })

  describe('and are all demanded', () => {
    const run = new Judged()
    // One after the other: a server that broke off is not asked for a while, so that what makes it do so is of low priority.
    beforeAll(() => run.run({ CRITERIA_STRICT: 'true', MAX_CONCURRENT_TASKS: '1' }))
    afterAll(() => run[Symbol.asyncDispose]())

    const unmet = run.add('unmet', { kind: 'right', says: SURE })
    test('fail the task where one is unmet', async () => {
      expect(run.finished).toMatchObject({ code: 1 })
      expect(await run.home.waitForResult(unmet)).toMatchObject({
        status: 'failed',
        failure: { code: 'criteria_unmet', message: expect.stringContaining('it is short'), retryable: false },
        criteria: [{ status: 'met' }, { status: 'met' }, { status: 'unmet' }, { status: 'unknown' }],
      })
    })

    const unsure = run.add('unsure', {
      kind: 'right',
      says: { ...SURE, criterion_2: { evidence: 'Nobody can tell.', verdict: 'unknown' } },
    })
    test('do not fail it where the model is only not sure', async () => {
      expect(await run.home.waitForResult(unsure)).toMatchObject({ status: 'completed', warnings: [] })
      expect(run.asked(unsure)).toHaveLength(1)
    })

    const OF_NO_USE: Readonly<Record<string, Play>> = {
      nonsense: { kind: 'right', says: 'All criteria are met!' },
      misformed: { kind: 'right', says: { criterion_1: 'met', criterion_2: { verdict: 'met' }, other: true } },
      'an answer without evidence': {
        kind: 'right',
        says: { criterion_1: { evidence: ' ', verdict: 'met' }, criterion_2: { evidence: '…', verdict: 'unmet' } },
      },
    }
    for (const [what, answer] of Object.entries(OF_NO_USE)) {
      const id = run.add(what.replaceAll(' ', '-'), answer, 'play: write=a.txt text=good say=All_is_met.')
      test(`are unknown after ${what}, whatever the agent claims`, async () => {
        expect(await run.home.waitForResult(id)).toMatchObject({
          status: 'completed',
          criteria: [{ status: 'met', judged_by: 'verify' }, UNKNOWN, UNKNOWN, UNKNOWN],
          warnings: [],
        })
        expect(run.asked(id)).toHaveLength(1)
      })
    }

    const half = run.add('half', { kind: 'cut' }, GOOD, { priority: 'low' })
    test('are unknown after half an answer', async () => {
      expect(await run.home.waitForResult(half)).toMatchObject({
        status: 'completed',
        criteria: [{ status: 'met' }, UNKNOWN, UNKNOWN, UNKNOWN],
      })
      expect(run.asked(half)).toHaveLength(1)
    })

    const bad = run.add('bad', { kind: 'right', says: SURE }, WRITES_BAD)
    test('are not asked about where the task has failed anyway', async () => {
      expect(await run.home.waitForResult(bad)).toMatchObject({
        failure: { code: 'verify_failed' },
        criteria: [{ status: 'unmet', judged_by: 'verify' }, { status: 'unknown' }, {}, {}],
      })
      expect(run.asked(bad)).toEqual([])
    })
  })
})

describe('the files that changed in a git repository', needs('git', 'posix'), () => {
  const inbox = new Inbox()
  let home: Home
  let finished: Finished
  let before: string
  beforeAll(async () => {
    home = await makeHomeOf(inbox)
    for (const id of [single, both, twice]) await makeDirty(id)
    before = git(single, 'status', '--porcelain')
    finished = await home.run(['start', '--once'])
  })
  afterAll(() => home[Symbol.asyncDispose]())

  function git(id: string, ...args: readonly string[]): string {
    const who = ['-c', 'user.name=t', '-c', 'user.email=t@example.com']
    return execFileSync('git', [...who, ...args], { cwd: join(home.work, id), env: home.env, encoding: 'utf8' })
  }

  /** Makes a repository in which somebody has work of his own under way. */
  async function makeDirty(id: string): Promise<void> {
    const files = { 'kept.txt': 'one\ntwo\n', 'a.txt': 'bad\nkept\n', '.gitignore': 'build/\n.kept\n' }
    for (const [name, text] of Object.entries(files)) await writeFile(join(home.work, id, name), text)
    git(id, 'init', '-q')
    git(id, 'add', ...Object.keys(files))
    git(id, 'commit', '-q', '-m', 'first')
    await writeFile(join(home.work, id, 'kept.txt'), 'one\ntwo\nnot committed\n')
    await writeFile(join(home.work, id, 'new.txt'), 'not added\n')
  }

  test('are told by an unattended run in which all is well', () => {
    expect(finished).toMatchObject({ code: 0, stderr: '' })
  })

  const single = inbox.add(
    'single',
    { type: 'fix', verify: 'mkdir -p build && echo x >build/out.txt && echo report >report.txt' },
    'play: write=a.txt text=good\\nkept\\nmore',
  )
  test('are those that the agent changed, with their lines; what was under way, what git ignores and what a check wrote are not', async () => {
    expect(await home.waitForResult(single)).toMatchObject({
      status: 'completed',
      files_changed: [{ path: 'a.txt', change: 'modified', lines_added: 2, lines_removed: 1 }],
    })
    const after = git(single, 'status', '--porcelain').split('\n')
    expect(after.filter((line) => !/ (a|report)\.txt$/.test(line))).toEqual(before.split('\n'))
    expect(git(single, 'diff', '--cached', '--name-only')).toBe('')
  })

  const both = inbox.add(
    'both',
    { type: 'fix', verify: 'grep -qs good b.txt || { printf "%s\\n" "play: write=b.txt text=good\\\\nlast"; exit 1; }' },
    'play: write=a.txt text=better\\nkept',
  )
  test('are those of all attempts of a fix loop', async () => {
    const result = await home.waitForResult(both)
    expect(outcomes(result)).toEqual(['verify_failed', 'completed'])
    expect(result.files_changed).toEqual([
      { path: 'a.txt', change: 'modified', lines_added: 1, lines_removed: 1 },
      { path: 'b.txt', change: 'added', lines_added: 2, lines_removed: 0 },
    ])
  })

  const twice = inbox.add(
    'twice',
    { type: 'fix', verify: 'grep -qs good n.txt || { echo "play: write=n.txt text=good"; exit 1; }' },
    'play: write=n.txt text=bad',
  )
  test('are told once where both attempts of a fix loop worked on the same', async () => {
    expect((await home.waitForResult(twice)).files_changed).toEqual([{ path: 'n.txt', change: 'added', lines_added: 1, lines_removed: 0 }])
  })
})
