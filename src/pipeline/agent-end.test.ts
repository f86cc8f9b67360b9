import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { expect, onTestFinished, test } from 'vitest'
import { exampleQuestion, exampleRecord, exampleTask } from '../../test/helpers/examples.ts'
import { homePaths } from '../config/home.ts'
import type { AttemptEnd, AttemptSpec } from '../domain/attempt.ts'
import { failure } from '../domain/errors.ts'
import type { FileChange } from '../domain/run.ts'
import { makeFolders } from '../inbox/folders.ts'
import { writeQuestions } from '../inbox/questions.ts'
import { readRecord, writeRecord } from '../inbox/records.ts'
import { noteAgentEnd } from './agent-end.ts'
import type { Rooms } from './rooms.ts'
import { beginRun } from './run.ts'

const CHANGE: FileChange = { path: 'a.txt', change: 'added', lines_added: 1, lines_removed: 0 }
const TOLD = { output: 'The key is hush-hush.', sessionId: 's1', turns: 2, costUsd: 0.5, deeds: 1, denials: [], warnings: ['odd'] }
const WELL: AttemptEnd = { ok: true, report: { ...TOLD, filesChanged: [CHANGE] } }

/** A run whose first attempt is under way, and what ends it. */
async function makeRun(commands: readonly string[] = ['npm test']) {
  const folders = homePaths(mkdtempSync(`${tmpdir()}/agent-end-`))
  onTestFinished(() => rmSync(folders.home, { recursive: true, force: true }))
  makeFolders(folders)
  const none = { finished: null, outcome: null, session_id: null, turns: null, cost_usd: null, tokens: null }
  const attempts = exampleRecord().attempts.map((one) => ({ ...one, ...none }))
  const process = { pid: 1, started: '1', boot: '' }
  const run = beginRun(exampleTask(), exampleRecord({ attempts, process, files_changed: [] }), new AbortController(), 0)
  await writeRecord(folders, run.record)
  const warned: string[] = []
  const log = { warn: (message: string) => warned.push(message) }
  const rooms = { folders, log, redact: (text: string) => text.replace('hush-hush', '[secret]') } as unknown as Rooms
  const spec = { taskId: run.record.task_id, attempt: 1, cwd: '/work', verify: { commands, timeoutMs: 1 } } as unknown as AttemptSpec
  const end = (how: AttemptEnd) => noteAgentEnd(run, { agent: 'claude', spec }, how, rooms)
  return { run, folders, warned, end, kept: () => readRecord(folders, run.record.task_id) }
}

test.each([
  ['that is to be verified', ['npm test']],
  ['without commands', []],
])('work %s is noted as it was told, without secrets', async (_which, commands) => {
  const { run, end, kept } = await makeRun(commands)
  expect(await end(WELL)).toBe(true)
  expect(kept()).toEqual(run.record)
  expect(run.record).toMatchObject({
    process: null,
    attempts: [{ finished: null, outcome: null, session_id: 's1', turns: 2, cost_usd: 0.5 }],
    files_changed: [CHANGE],
    worked: { agent: 'claude', cwd: '/work', report: { ...TOLD, output: 'The key is [secret].' }, cut_off: 0 },
  })
})

test.each<[string, AttemptEnd]>([
  ['failed', { ok: false, failure: failure('max_turns'), report: WELL.report }],
  ['was stopped', { ok: undefined, started: true, report: WELL.report }],
])('an agent that %s has done no work to verify, but it has told what it told', async (_how, how) => {
  const { run, end } = await makeRun()
  expect(await end(how)).toBe(false)
  expect(run.record).toMatchObject({ attempts: [{ turns: 2 }], files_changed: [CHANGE] })
  expect(run.record.worked).toBeUndefined()
})

test.each<[string, Parameters<typeof exampleQuestion>[0], boolean]>([
  ['that nobody has answered', {}, false],
  ['whose answer it was never told', { state: 'answered', answer: { text: 'mysql', by: 'cli', at: '2026-11-20T09:01:00.000Z' } }, false],
  [
    'whose answer it was told',
    { state: 'answered', answer: { text: 'mysql', by: 'cli', at: '2026-11-20T09:01:00.000Z' }, printed: true },
    true,
  ],
])('work over a question %s is done: %3$s', async (_which, over, isDone) => {
  const { run, folders, end } = await makeRun()
  const question = exampleQuestion(over)
  await writeQuestions(folders, question.task_id, [question])
  expect(await end(WELL)).toBe(isDone)
  expect(run.questions).toEqual([question])
  expect(run.record.worked !== undefined).toBe(isDone)
})

test.each([[['npm test']], [[]]])('work that cannot be noted is verified all the same (%j)', async (commands) => {
  const { run, folders, warned, end } = await makeRun(commands)
  rmSync(folders.running, { recursive: true })
  expect(await end(WELL)).toBe(true)
  expect(run.record.worked).toBeDefined()
  expect(warned).toHaveLength(1)
})
