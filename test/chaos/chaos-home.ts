import { readdir, readFile } from 'node:fs/promises'
import { join, relative, resolve, sep } from 'node:path'
import { expect } from 'vitest'
import { resultSchema, type TaskResult } from '../../src/domain/result.ts'
import { readRecord } from '../../src/inbox/records.ts'
import type { CrashPoint } from '../../src/lib/crash-point.ts'
import { type Home, type HomeOptions, makeHome } from '../helpers/home.ts'

/** An agent that is fast to start and does what a `play:` line of the prompt says; see there. */
const AGENT = resolve(import.meta.dirname, 'agent.sh')

/** A file that was dropped, and where it must end. */
export interface Dropped {
  readonly id: string
  readonly text: string
  readonly end: 'processed' | 'failed' | 'rejected'
}

/** A home whose agent is the fast one and whose tasks share the working directory. */
export function makeChaosHome(options: HomeOptions = {}): Promise<Home> {
  const env = { TASK_SETTLE_MS: '20', ...options.env }
  return makeHome({ ...options, env, programs: { claude: AGENT, ...options.programs } })
}

/** A task of a read-only type, so that many can work in one directory; no two of them have the same text. */
export function chaosTask(id: string, play = '', head: Readonly<Record<string, string | number>> = {}): string {
  const keys = Object.entries({ type: 'analyze', 'x-id': id, ...head }).map(([key, value]) => `${key}: ${value}\n`)
  return `---\n${keys.join('')}---\n\n**Prompt:**\nLook around.\nplay: ${play}\n`
}

/** A task for each kind of life. */
export function everyLife(): Dropped[] {
  return [
    { id: 'fine', text: chaosTask('fine', 'sleep=0.1'), end: 'processed' },
    { id: 'parent', text: chaosTask('parent', 'children sleep=1'), end: 'processed' },
    { id: 'flaky', text: chaosTask('flaky', 'crash'), end: 'processed' },
    { id: 'bad', text: chaosTask('bad', 'fail'), end: 'failed' },
    { id: 'odd', text: chaosTask('odd', '', { priorty: 'high' }), end: 'rejected' },
  ]
}

export async function drop(home: Home, files: readonly Dropped[]): Promise<void> {
  await Promise.all(files.map(({ id, text }) => home.drop(id, text)))
}

/** Runs a command that must be killed at the point, for the nth time that it comes there. */
export async function dieAt(home: Home, point: CrashPoint, nth: number, args: readonly string[] = ['start', '--once']): Promise<void> {
  const finished = await home.run(args, { env: { ORCHESTRATOR_CRASH_AT: `${point}:${nth}` } })
  expect(finished.signal, `${point} was not reached:\n${finished.stdout}${finished.stderr}`).toBe('SIGKILL')
}

/** What is recorded and must never change or be repeated. */
export interface Recorded {
  /** Texts of the results there are, by the id of their run. */
  readonly results: ReadonlyMap<string, string>
  /** How often the agent was started for each run. */
  readonly starts: ReadonlyMap<string, number>
  /** Runs whose agent had ended well, by their record. */
  readonly worked: readonly string[]
  /** Ids of tasks that were claimed. */
  readonly running: readonly string[]
}

export async function recorded(home: Home): Promise<Recorded> {
  const results = new Map<string, string>()
  for (const [name, text] of Object.entries(await filesIn(home.paths.results))) {
    if (!name.endsWith('.tmp')) results.set(resultSchema.parse(JSON.parse(text)).run_id, text)
  }
  const starts = new Map<string, number>()
  const notes = await readFile(join(home.env.HOME ?? '', 'starts'), 'utf8').catch(() => '')
  for (const run of notes.split('\n').filter(Boolean)) starts.set(run, (starts.get(run) ?? 0) + 1)
  const names = await readdir(home.paths.running).catch(() => [])
  const running = names.flatMap((name) => /^(.+)\.task\.md$/.exec(name)?.[1] ?? [])
  const worked = running.flatMap((id) => {
    const record = readRecord(home.paths, id)
    return record?.worked ? [record.run_id] : []
  })
  return { results, starts, worked, running }
}

/** Everything that holds for results which were there before, and for work whose agent had ended: no check of these tests refuses any. */
export function expectKept(before: Recorded, after: Recorded): void {
  for (const [run, text] of before.results) {
    expect(after.results.get(run), `result of the run ${run}`).toBe(text)
    expect(after.starts.get(run), `starts of the run ${run} after its result`).toBe(before.starts.get(run))
  }
  for (const run of before.worked) expect(after.starts.get(run), `starts of the run ${run} after its work`).toBe(before.starts.get(run))
}

/**
 * Everything that holds once a home is drained, whatever happened to it: each dropped file lies in exactly one place, as it was; each
 * task has exactly one valid result, with a summary; no run was started more often than its attempts say, and none was forgotten; no
 * process is left.
 */
export async function expectContract(home: Home, dropped: readonly Dropped[], retries: number): Promise<void> {
  const tasks = await filesIn(home.paths.tasks)
  for (const name of Object.keys(tasks)) if (name.endsWith('.reason.json')) tasks[name] = 'why'
  const expected = Object.fromEntries(
    dropped.flatMap(({ id, text, end }) => [
      [`${end}/${id}.task.md`, text],
      ...(end === 'rejected' ? [[`rejected/${id}.task.md.reason.json`, 'why']] : []),
    ]),
  )
  const missing = Object.keys(expected).filter((path) => !(path in tasks))
  const unexpected = Object.keys(tasks).filter((path) => !(path in expected))
  expect({ missing, unexpected }, 'files in tasks/').toEqual({ missing: [], unexpected: [] })
  expect(tasks).toEqual(expected)

  const begun = dropped.filter(({ end }) => end !== 'rejected')
  const results = await filesIn(home.paths.results)
  expect(Object.keys(results).sort(), 'files in results/').toEqual(begun.map(({ id }) => `${id}_result.json`).sort())
  expect(Object.keys(await filesIn(home.paths.summaries)).sort(), 'files in summaries/').toEqual(
    begun.map(({ id }) => `${id}_summary.txt`).sort(),
  )
  const accounts = new Map<string, TaskResult>()
  for (const { id, end } of begun) {
    const result = resultSchema.parse(JSON.parse(results[`${id}_result.json`] ?? ''))
    accounts.set(result.run_id, result)
    expect([id, result.status, result.failure]).toEqual([id, end === 'processed' ? 'completed' : 'failed', result.failure])
    expect(result.attempts.map(({ attempt }) => attempt)).toEqual(result.attempts.map((_, index) => index + 1))
    expect(result.attempts.length, `attempts of ${id}`).toBeLessThanOrEqual(retries + 1)
  }
  expect(accounts.size, 'runs with a result').toBe(begun.length)
  for (const [run, starts] of (await recorded(home)).starts) {
    expect(starts, `starts of ${run}`).toBeLessThanOrEqual(accounts.get(run)?.attempts.length ?? 0)
  }
  expect(await home.run(['validate-artifacts'])).toMatchObject({ code: 0 })
  expect(await home.processes(), 'processes').toEqual([])
}

/** The ids of the tasks that an event was told of, once each; of the end of a task also where its file was said to be. */
export async function told(home: Home, name: 'task_received' | 'recovered' | 'task_archived'): Promise<string[]> {
  const events = await home.events()
  const found = events.flatMap((event) => {
    if (event.event !== name || !('task_id' in event)) return []
    return 'to' in event ? [`${event.task_id} ${event.to}`] : [event.task_id]
  })
  return [...new Set(found)].sort()
}

/** Every file below a folder with its text; paths with slashes. */
export async function filesIn(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const texts = files.map(async (path) => [relative(folder, path).split(sep).join('/'), await readFile(path, 'utf8')] as const)
  return Object.fromEntries(await Promise.all(texts))
}
