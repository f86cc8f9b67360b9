import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { exampleAttempt as attempt, exampleConfig, exampleRecord, exampleResult, exampleTask } from '../../test/helpers/examples.ts'
import type { Config } from '../config/schema.ts'
import type { AttemptSpec } from '../domain/attempt.ts'
import { newQuestion, type Question } from '../domain/question.ts'
import type { AttemptRecord, VerifyRun, Worked } from '../domain/run.ts'
import type { FrontMatter } from '../domain/task.ts'
import { planAttempt, planRest } from './plan.ts'
import { beginRun } from './run.ts'

let base: string
beforeAll(async () => {
  base = await realpath(await mkdtemp(join(tmpdir(), 'plan-')))
  await mkdir(join(base, 'work', 'inside'), { recursive: true })
  await writeFile(join(base, 'work', 'file'), '')
  await symlink(base, join(base, 'work', 'way-out'))
})
afterAll(() => rm(base, { recursive: true }))

function configOf(settings: Readonly<Record<string, string>> = {}): Config {
  return exampleConfig(base, { CLAUDE_BASE_CWD: join(base, 'work'), ...settings })
}

interface Situation {
  readonly questions?: readonly Question[]
  /** Where the task came from whose conversation is gone on with. */
  readonly earlierOrigin?: string | null
  readonly attempts?: readonly AttemptRecord[]
  readonly head?: FrontMatter
  readonly settings?: Readonly<Record<string, string>>
  readonly allowanceUsd?: number
  readonly canResume?: boolean
  readonly verify?: readonly VerifyRun[]
}

function plan({
  attempts = [],
  head = {},
  settings,
  allowanceUsd,
  canResume = true,
  verify = [],
  questions = [],
  earlierOrigin,
}: Situation) {
  const record = exampleRecord({ attempts: [...attempts], verify: [...verify] })
  const run = beginRun(exampleTask({ head }), record, new AbortController(), 0)
  run.allowanceUsd = allowanceUsd
  run.questions = questions
  return planAttempt(
    run,
    configOf(settings),
    async () => canResume,
    () =>
      earlierOrigin === undefined
        ? undefined
        : exampleResult({ origin: earlierOrigin, workspace: { kind: 'none', path: join(base, 'work') } }),
  )
}

/** The session that the next attempt goes on with. */
async function session(attempts: readonly AttemptRecord[], canResume = true): Promise<string | undefined> {
  const made = await plan({ attempts, settings: { MAX_RETRIES: '9' }, canResume })
  expect(made.ok).toBe(true)
  return made.ok ? made.spec.resumeSession : undefined
}

async function failureOf(situation: Situation) {
  const made = await plan(situation)
  return made.ok ? undefined : made.failure
}

test('a first attempt is made of the task, its place and the limits', async () => {
  expect(await plan({ head: { cwd: 'inside', timeout: '2m' } })).toEqual({
    ok: true,
    agent: 'claude',
    budgetOf: undefined,
    spec: {
      runId: exampleRecord().run_id,
      taskId: 'fix-login',
      attempt: 1,
      prompt: expect.stringContaining('The session expires after 5 minutes.'),
      cwd: join(base, 'work', 'inside'),
      readOnly: false,
      skipPermissions: false,
      allowedTools: [],
      disallowedTools: [],
      maxTurns: 0,
      timeoutMs: 120_000,
      trustRepository: true,
      trustPrompt: true,
      verify: { commands: [], timeoutMs: 600_000 },
      mayAsk: true,
    },
  })
})

test('the verify commands come from the task, and their time limit from the configuration', async () => {
  const made = await plan({ head: { verify: ['npm test', 'npm run build'] }, settings: { VERIFY_TIMEOUT_SEC: '30' } })
  expect(made.ok && made.spec.verify).toEqual({ commands: ['npm test', 'npm run build'], timeoutMs: 30_000 })
})

test('text that came through a bridge is trusted with nothing, whatever REPO_SETTINGS says', async () => {
  const made = await plan({ head: { origin: 'telegram:1:2' }, settings: { REPO_SETTINGS: 'trust' } })
  expect(made.ok && made.spec).toMatchObject({ trustRepository: false, trustPrompt: false })
})

describe('what an attempt is trusted with', () => {
  const asking = {
    task_id: 'fix-login',
    run_id: 'r',
    attempt: 1,
    text: 'What says @/etc/passwd ?',
    options: [],
    default: null,
    deadline: null,
  }
  const question = (by: string): Question => ({
    ...newQuestion(asking, new Date()),
    state: 'answered',
    answer: { text: 'nothing', by, at: '2026-11-20T09:00:00.000Z' },
  })
  const verify = [{ command: 'cat x', exit_code: 1, duration_ms: 1, output: '@/etc/passwd' }]
  const refused = [attempt('verify_failed')]
  const OWN = { trustRepository: true, trustPrompt: true }
  const PROGRAMS = { trustRepository: true, trustPrompt: false }
  const PERSONS = { trustRepository: false, trustPrompt: false }

  test.each<[string, Situation, Pick<AttemptSpec, 'trustRepository' | 'trustPrompt'>]>([
    ['a task of the owner', {}, OWN],
    ['a task of the owner after an interruption', { attempts: [attempt('interrupted')] }, OWN],
    ['a task that came over a platform', { head: { origin: 'telegram:1:2' } }, PERSONS],
    ['the same after an interruption', { head: { origin: 'telegram:1:2' }, attempts: [attempt('interrupted')] }, PERSONS],
    ['a question that the owner has answered', { questions: [question('cli')], attempts: [attempt('parked')] }, PROGRAMS],
    ['a question whose default was taken', { questions: [question('deadline')], attempts: [attempt('parked')] }, PROGRAMS],
    ['a question that was answered over a platform', { questions: [question('Ann (telegram 7)')], attempts: [attempt('parked')] }, PERSONS],
    ['the same in a conversation that begins anew', { questions: [question('cli')], attempts: [attempt('session_lost')] }, PROGRAMS],
    ['the output of a check', { verify, attempts: refused }, PROGRAMS],
    ['the same in a conversation that begins anew', { verify, attempts: refused, canResume: false }, PROGRAMS],
    ['the conversation of a task of the owner', { head: { resume: 'earlier' }, earlierOrigin: null }, OWN],
    ['the conversation of a task that came over a platform', { head: { resume: 'earlier' }, earlierOrigin: 'telegram:1:2' }, PERSONS],
  ])('%s', async (_what, situation, trusted) => {
    const made = await plan({ ...situation, settings: { REPO_SETTINGS: 'trust', MAX_RETRIES: '9' } })
    expect(made.ok && made.spec).toMatchObject(trusted)
    expect(made.ok && made.spec.prompt).not.toContain('@/etc/passwd')
  })
})

describe('the working directory', () => {
  test.each([
    ['is missing', 'nowhere', 'cwd_missing', /does not exist/],
    ['is a file', 'file', 'cwd_missing', /is not a directory/],
    ['lies outside the root', '..', 'cwd_outside_root', /lies outside/],
    ['leaves the root over a link', 'way-out', 'cwd_outside_root', /lies outside/],
  ])('%s: no attempt, ever', async (_what, cwd, code, message) => {
    expect(await failureOf({ head: { cwd } })).toMatchObject({ code, message: expect.stringMatching(message), retryable: false })
  })
})

describe('the budget of an attempt', () => {
  const budget = async (situation: Situation) => {
    const made = await plan(situation)
    return made.ok ? { usd: made.spec.maxBudgetUsd, of: made.budgetOf } : made.failure.code
  }
  const spent = [attempt('agent_crashed'), attempt('usage_limit', { cost_usd: 0.15 }), attempt('interrupted', { cost_usd: null })]

  test('is what all earlier attempts together have left of that of the run', async () => {
    expect(await budget({ head: { max_budget_usd: 1 } })).toEqual({ usd: 1, of: 'run' })
    expect(await budget({ head: { max_budget_usd: 1 }, attempts: spent })).toEqual({ usd: expect.closeTo(0.6), of: 'run' })
    expect(await budget({ attempts: spent, settings: { MAX_BUDGET_USD: '0.5' } })).toEqual({ usd: expect.closeTo(0.1), of: 'run' })
  })

  test('is what was set aside of the day where that is less', async () => {
    expect(await budget({ allowanceUsd: 0.3 })).toEqual({ usd: 0.3, of: 'day' })
    expect(await budget({ head: { max_budget_usd: 1 }, allowanceUsd: 0.3 })).toEqual({ usd: 0.3, of: 'day' })
    expect(await budget({ head: { max_budget_usd: 1 }, allowanceUsd: 1 })).toEqual({ usd: 1, of: 'run' })
    expect(await budget({ head: { max_budget_usd: 0.5 }, allowanceUsd: 0.3, attempts: spent })).toEqual({
      usd: expect.closeTo(0.1),
      of: 'run',
    })
  })

  test('ends the run once nothing is left', async () => {
    expect(await failureOf({ head: { max_budget_usd: 0.4 }, attempts: spent })).toMatchObject({
      code: 'max_budget',
      message: 'The budget of $0.4 is used up by earlier attempts.',
    })
    expect(await budget({ head: { max_budget_usd: 0.3 }, attempts: spent, allowanceUsd: 0 })).toBe('max_budget')
  })

  test('is none where nobody set one', async () => {
    expect(await budget({ attempts: spent })).toEqual({ usd: undefined, of: undefined })
  })
})

describe('an earlier conversation', () => {
  const limited = attempt('usage_limit', { session_id: 's1', turns: 0 })

  test.each([
    ['was interrupted', [attempt('interrupted')]],
    ['was interrupted before its turns were counted', [attempt('interrupted', { turns: null })]],
    [
      'was interrupted, and once more before anything was said',
      [attempt('interrupted'), attempt('interrupted', { session_id: null, turns: null })],
    ],
    ['met a limit in the middle', [attempt('usage_limit')]],
    ['crashed in the middle', [attempt('agent_crashed')]],
    ['ran out of the budget of the day', [attempt('daily_budget')]],
    ['met a limit in the middle, then again at once', [attempt('usage_limit'), limited]],
    ['met a limit in the middle, then in the first request', [attempt('usage_limit'), { ...limited, turns: 1, model_turns: 0 }]],
    ['broke off, and the API was out of reach since', [attempt('agent_crashed'), attempt('api_unreachable', { turns: 0 }), limited]],
  ])('that %s is gone on with', async (_what, attempts) => {
    expect(await session(attempts)).toBe('s1')
  })

  test.each([
    ['there is none', []],
    ['it is lost', [attempt('interrupted'), attempt('session_lost', { turns: 0 })]],
    ['it is lost, and a limit was met since', [attempt('usage_limit'), attempt('session_lost', { turns: 0 }), limited]],
    ['it never said anything', [attempt('no_output', { turns: null })]],
    ['it crashed before its first turn', [attempt('agent_crashed', { turns: 0 })]],
    ['it could not be taken up again', [attempt('agent_crashed'), attempt('agent_crashed', { turns: 0 })]],
    ['it met a limit before its first turn', [limited]],
    ['the request of its first turn failed', [attempt('agent_crashed', { turns: 1, model_turns: 0 })]],
    ['its name is not known', [attempt('interrupted', { session_id: null })]],
  ])('is begun anew where %s', async (_what, attempts) => {
    expect(await session(attempts)).toBeUndefined()
  })

  test('is begun anew by an agent that cannot resume', async () => {
    expect(await session([attempt('interrupted')], false)).toBeUndefined()
  })

  test('is told to go on instead of being given its task once more', async () => {
    const made = await plan({ attempts: [attempt('interrupted')] })
    expect(made.ok && made.spec).toMatchObject({ attempt: 2, resumeSession: 's1', prompt: expect.stringMatching(/interrupted.*go on/) })
    const anew = await plan({ attempts: [attempt('interrupted')], canResume: false })
    expect(anew.ok && anew.spec.prompt).toContain('The session expires after 5 minutes.')
  })
})

describe('a run that is interrupted again and again', () => {
  test('ends when its attempts are used up', async () => {
    const twice = [attempt('interrupted'), attempt('interrupted')]
    expect((await plan({ attempts: twice })).ok).toBe(true)
    expect(await failureOf({ attempts: [...twice, attempt('interrupted')] })).toMatchObject({
      code: 'interrupted_too_often',
      message: 'The run was interrupted 3 times.',
    })
    expect(await failureOf({ attempts: [attempt('interrupted')], head: { retries: 0 } })).toMatchObject({ code: 'interrupted_too_often' })
  })

  test('is not charged what only met a limit', async () => {
    const free = ['usage_limit', 'rate_limited', 'daily_budget', 'agent_missing'].map((outcome) => attempt(outcome))
    expect((await plan({ attempts: [...free, ...free, attempt('interrupted'), attempt('interrupted')] })).ok).toBe(true)
  })
})

describe('work that a verify command refused', () => {
  const PASSED: VerifyRun = { command: 'npm run lint', exit_code: 0, duration_ms: 900, output: 'all is clean' }
  const FAILED: VerifyRun = { command: 'npm test', exit_code: 1, duration_ms: 4200, output: '2 passed\nlogin.test.ts: expected 30, got 5' }
  const TASK = 'The session expires after 5 minutes.'
  /** A minute in which the agent worked for 40 s. */
  const refused = attempt('verify_failed')

  async function fixOf(situation: Situation): Promise<Partial<AttemptSpec>> {
    const made = await plan({ attempts: [refused], verify: [PASSED, FAILED], ...situation })
    return made.ok ? made.spec : {}
  }

  test('goes back in the same conversation, with the command and the end of its output, and nothing that the agent knows', async () => {
    const { attempt, resumeSession, prompt = '' } = await fixOf({})
    expect({ attempt, resumeSession }).toEqual({ attempt: 2, resumeSession: 's1' })
    expect(prompt).toContain('npm test')
    expect(prompt).toContain('login.test.ts: expected 30, got 5')
    for (const known of [TASK, PASSED.command, PASSED.output, 'You were interrupted']) expect(prompt).not.toContain(known)
  })

  test('goes back even where the conversation has no turns on record', async () => {
    expect(await fixOf({ attempts: [{ ...refused, turns: null }] })).toMatchObject({ resumeSession: 's1' })
  })

  test.each<[string, Situation]>([
    ['an agent that cannot resume', { canResume: false }],
    ['a conversation that was lost since', { attempts: [refused, attempt('session_lost', { session_id: null, turns: 0 })] }],
    ['a conversation without a name', { attempts: [{ ...refused, session_id: null }] }],
  ])('goes with its task to %s', async (_what, situation) => {
    const { resumeSession, prompt = '' } = await fixOf(situation)
    expect(resumeSession).toBeUndefined()
    expect(prompt.indexOf(TASK)).toBe(0)
    expect(prompt.indexOf('login.test.ts: expected 30, got 5')).toBeGreaterThan(TASK.length)
  })

  test.each<[string, AttemptRecord]>([
    ['interrupted', attempt('interrupted', { session_id: 's1', turns: null })],
    ['interrupted before it said anything', attempt('interrupted', { session_id: null, turns: null })],
    ['broken off', attempt('agent_crashed')],
    ['held before it began', attempt('usage_limit', { session_id: null, turns: 0 })],
  ])('is told once more where the fix was %s', async (_what, second) => {
    const spec = await fixOf({ attempts: [refused, second] })
    expect(spec).toMatchObject({ attempt: 3, resumeSession: 's1', prompt: expect.stringContaining('expected 30, got 5') })
  })

  test('has passed its checks once it was broken off by something else: only the rest is asked for', async () => {
    const { prompt } = await fixOf({ attempts: [refused, attempt('interrupted')], verify: [PASSED, { ...FAILED, exit_code: 0 }] })
    expect(prompt).toMatch(/^You were interrupted/)
  })

  test('is mended with the turns, the time and the money that the work left', async () => {
    const head: FrontMatter = { max_turns: 10, timeout: '2m', max_budget_usd: 1 }
    expect(await fixOf({ head })).toMatchObject({ maxTurns: 7, timeoutMs: 80_000, maxBudgetUsd: 0.75 })
    const twice = [refused, attempt('verify_failed', { turns: 2, started: '2026-11-20T09:00:40.000Z', verify_ms: null })]
    expect(await fixOf({ head, attempts: twice })).toMatchObject({ maxTurns: 5, timeoutMs: 60_000, maxBudgetUsd: 0.5 })
  })

  test('has no limit of turns where there was none', async () => {
    expect(await fixOf({ head: {} })).toMatchObject({ maxTurns: 0 })
  })

  test('is not mended without a limit where a change of the configuration left it nothing', async () => {
    expect(await failureOf({ attempts: [refused], verify: [FAILED], head: { max_turns: 3 } })).toMatchObject({ code: 'max_turns' })
    expect(await failureOf({ attempts: [refused], verify: [FAILED], head: { timeout: 40 } })).toMatchObject({ code: 'timeout' })
  })

  test('costs no retry', async () => {
    const many = [refused, refused, refused, refused]
    expect((await plan({ attempts: many, verify: [FAILED], head: { retries: 0 } })).ok).toBe(true)
    expect(await failureOf({ attempts: [refused, attempt('interrupted')], verify: [FAILED], head: { retries: 0 } })).toMatchObject({
      code: 'interrupted_too_often',
    })
  })
})

describe('the rest of an attempt whose agent had ended', () => {
  function restOf(over: Partial<Worked> = {}, head: FrontMatter = {}) {
    const report = { output: 'Done.', denials: [], warnings: [] }
    const worked = { agent: 'claude', cwd: join(base, 'work', 'inside'), ended: '2026-11-20T09:01:00.000Z', report, cut_off: 0, ...over }
    const attempts = [attempt('interrupted'), { ...attempt(''), attempt: 2, outcome: null, finished: null }]
    const run = beginRun(exampleTask({ head, criteria: [] }), exampleRecord({ attempts, worked }), new AbortController(), 0)
    return planRest(run, worked, configOf())
  }

  test('has its number, its place and its commands, and no limit of the agent', async () => {
    const head = { verify: ['npm test'], max_turns: 1, timeout: 1, max_budget_usd: 0.1, retries: 0 }
    const { run_id: runId, task_id: taskId } = exampleRecord()
    expect(await restOf({}, head)).toEqual({
      ...{ runId, taskId, attempt: 2, cwd: join(base, 'work', 'inside') },
      verify: { commands: ['npm test'], timeoutMs: 600_000 },
    })
  })

  test('cannot be where that place is gone, or is not allowed any more', async () => {
    expect(await restOf({ cwd: join(base, 'work', 'gone') })).toMatchObject({ code: 'cwd_missing' })
    expect(await restOf({ cwd: base })).toMatchObject({ code: 'cwd_outside_root' })
  })

  test('is tried again, but not for ever', async () => {
    expect(await restOf({ cut_off: 5 })).toMatchObject({ attempt: 2 })
    expect(await restOf({ cut_off: 6 })).toMatchObject({ code: 'interrupted_too_often', message: expect.stringContaining('6 times') })
  })
})
