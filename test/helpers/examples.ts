import { type Config, settingsSchema } from '../../src/config/schema.ts'
import type { AttemptSpec } from '../../src/domain/attempt.ts'
import type { Question } from '../../src/domain/question.ts'
import type { TaskResult } from '../../src/domain/result.ts'
import type { AttemptRecord, RunRecord } from '../../src/domain/run.ts'
import type { Task } from '../../src/domain/task.ts'
import type { World } from '../../src/scheduler/blockers.ts'
import type { Candidate } from '../../src/scheduler/candidate.ts'

const RUN_ID = '20261120-090000500-abcd'
const SHA256 = 'ab'.repeat(32)

/** A structured task, with everything said. */
export function exampleTask(over: Partial<Task> = {}): Task {
  return {
    id: 'fix-login',
    title: 'Fix the login timeout',
    type: 'fix',
    priority: 'high',
    created: '2026-11-20T09:00:00.000Z',
    head: { type: 'fix', priority: 'high', tags: ['auth'], origin: 'cli:me' },
    extras: { 'x-ticket': 4711 },
    prompt: 'The session expires after 5 minutes.',
    targetFiles: ['src/auth/session.ts'],
    criteria: ['a session lives for 30 minutes'],
    context: undefined,
    structured: true,
    inferred: [],
    warnings: [],
    source: { file: 'fix-login.task.md', sha256: SHA256 },
    ...over,
  }
}

/** A task that waits for a start, in a directory where it writes. */
export function exampleCandidate(over: Partial<Candidate> = {}): Candidate {
  return {
    key: 'a.task.md',
    taskId: 'a',
    priority: 'medium',
    created: 0,
    arrived: 0,
    notBefore: undefined,
    dependsOn: [],
    directory: '/repo',
    writes: true,
    agent: 'claude',
    wantsUsd: undefined,
    begun: false,
    ...over,
  }
}

/** An attempt as an agent is asked to make it, with everything left to the agent. */
export function exampleSpec(over: Partial<AttemptSpec> = {}): AttemptSpec {
  return {
    runId: 'r1',
    taskId: 't1',
    attempt: 1,
    prompt: 'Do it.',
    cwd: '/work',
    readOnly: false,
    skipPermissions: false,
    allowedTools: [],
    disallowedTools: [],
    maxTurns: 0,
    timeoutMs: 10_000,
    trustRepository: true,
    trustPrompt: true,
    verify: { commands: [], timeoutMs: 1_000 },
    ...over,
  }
}

/** A world that keeps nothing from starting. */
export function exampleWorld(over: Partial<World> = {}): World {
  return {
    now: Date.parse('2026-11-20T09:00:00Z'),
    paused: false,
    storageProblem: undefined,
    busy: [],
    budget: undefined,
    hold: () => undefined,
    dependency: () => 'completed',
    ...over,
  }
}

/** An attempt of one minute that ended, of which its verify commands took 20 s. */
export function exampleAttempt(outcome: string, over: Partial<AttemptRecord> = {}): AttemptRecord {
  return {
    attempt: 1,
    started: '2026-11-20T09:00:00.000Z',
    finished: '2026-11-20T09:01:00.000Z',
    outcome,
    session_id: 's1',
    turns: 3,
    cost_usd: 0.25,
    tokens: null,
    verify_ms: 20_000,
    ...over,
  }
}

/** A run of one attempt that went well. */
export function exampleRecord(over: Partial<RunRecord> = {}): RunRecord {
  return {
    schema_version: 1,
    run_id: RUN_ID,
    task_id: 'fix-login',
    file: 'fix-login.task.md',
    queued: '2026-11-20T09:00:00.000Z',
    claimed: '2026-11-20T09:00:00.500Z',
    attempts: [
      {
        attempt: 1,
        started: '2026-11-20T09:00:01.000Z',
        finished: '2026-11-20T09:03:13.000Z',
        outcome: 'completed',
        session_id: 'session-1',
        turns: 14,
        cost_usd: 0.42,
        tokens: { input: 100, output: 200, cache_read: 3000, cache_creation: 400 },
        verify_ms: null,
      },
    ],
    process: null,
    next_attempt: null,
    inferred: [],
    files_changed: [{ path: 'src/auth/session.ts', change: 'modified', lines_added: 3, lines_removed: 1 }],
    verify: [],
    ...over,
  }
}

/** The result of that task and that run. */
export function exampleResult(over: Partial<TaskResult> = {}): TaskResult {
  return {
    schema_version: 1,
    task_id: 'fix-login',
    run_id: RUN_ID,
    title: 'Fix the login timeout',
    type: 'fix',
    priority: 'high',
    tags: ['auth'],
    status: 'completed',
    failure: null,
    agent: 'claude',
    model: 'claude-sonnet-4-5',
    demo: false,
    timings: {
      queued: '2026-11-20T09:00:00.000Z',
      started: '2026-11-20T09:00:01.000Z',
      finished: '2026-11-20T09:03:14.000Z',
      waited_ms: 1000,
      worked_ms: 192_000,
    },
    attempts: exampleRecord().attempts,
    output: 'The timeout was read in seconds and compared in minutes.\nIt is fixed, and a test covers it.',
    session_id: 'session-1',
    turns: 14,
    tokens: { input: 100, output: 200, cache_read: 3000, cache_creation: 400 },
    cost_usd: 0.42,
    files_changed: [{ path: 'src/auth/session.ts', change: 'modified', lines_added: 3, lines_removed: 1 }],
    denials: [],
    verify: [],
    criteria: [{ text: 'a session lives for 30 minutes', status: 'unknown', evidence: null, judged_by: null }],
    inferred: [],
    warnings: [],
    workspace: { kind: 'in-place', path: '/work/app' },
    origin: 'cli:me',
    extras: { 'x-ticket': 4711 },
    source: { file: 'fix-login.task.md', sha256: SHA256 },
    ...over,
  }
}

/** A question that is open, with what a test says of it. */
export function exampleQuestion(over: Partial<Question> = {}): Question {
  return {
    id: 'q1',
    task_id: 'fix-login',
    run_id: RUN_ID,
    attempt: 1,
    text: 'Which database?',
    options: ['postgres', 'mysql'],
    default: 'postgres',
    asked: '2026-11-20T09:00:00.000Z',
    deadline: '2026-11-20T11:00:00.000Z',
    state: 'open',
    answer: null,
    printed: false,
    ...over,
  }
}

/** The configuration of a home where nothing is set but this. */
export function exampleConfig(home: string, settings: Readonly<Record<string, string | undefined>> = {}): Config {
  return {
    home,
    settings: settingsSchema.parse(settings),
    agents: {},
    types: {},
    origins: {} as Config['origins'],
    environment: {},
    notes: [],
  }
}
