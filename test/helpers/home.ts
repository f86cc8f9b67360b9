import { randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, realpath, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { expect } from 'vitest'
import { homePaths } from '../../src/config/home.ts'
import type { LoggedEvent } from '../../src/domain/events.ts'
import { resultSchema, type TaskResult } from '../../src/domain/result.ts'
import { endLeftOvers, processesOf } from './left-overs.ts'
import {
  type Finished,
  type ProcessOptions,
  type RunningOrchestrator,
  type Surroundings,
  SYSTEM_PATH,
  startOrchestrator,
} from './process.ts'
import { until } from './until.ts'

export interface HomeOptions {
  /** Files to begin with; paths relative to the home, `../work/…` for the directory that tasks work in. */
  readonly files?: Readonly<Record<string, string>>
  /** Added to the environment of everything that is started here. */
  readonly env?: Readonly<Record<string, string>>
  /** Milliseconds that processes have at the end to be gone. */
  readonly endingMs?: number
  /** Programs to be found on PATH besides Node and those of the system: their names and where they are. */
  readonly programs?: Readonly<Record<string, string>>
}

/** The states that the place of a task file can say. */
type State = 'queued' | 'running' | 'waiting' | 'processed' | 'failed' | 'rejected'

/** A home in a temporary directory, with a HOME, a TMPDIR and a working directory of its own beside it. */
export interface Home extends Surroundings, AsyncDisposable {
  readonly paths: ReturnType<typeof homePaths>
  /** Real path of the directory that tasks work in. */
  readonly work: string
  /** Puts `<id>.task.md` into the inbox. */
  drop(id: string, text: string): Promise<void>
  /** The result of a task, once it is archived. */
  waitForResult(id: string): Promise<TaskResult>
  /** All events, or those of a task; where it is archived, with the one that tells so. */
  events(id?: string): Promise<readonly LoggedEvent[]>
  stateOf(id: string): Promise<State | undefined>
  /** Commands of the living processes that belong here. */
  processes(): Promise<readonly string[]>
  /** Runs a command here to its end. */
  run(args: readonly string[], options?: ProcessOptions): Promise<Finished>
  /** Starts a command here; what still runs at the end of the test is stopped. */
  start(args: readonly string[], options?: ProcessOptions): RunningOrchestrator
}

/**
 * Makes a home. Disposing it stops what was started in it, then fails if a process or a temporary file was left behind.
 */
export async function makeHome({ files = {}, env = {}, programs = {}, endingMs }: HomeOptions = {}): Promise<Home> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'orc-')))
  const at = (name: string) => join(root, name)
  const paths = homePaths(at('home'))
  const folders = [paths.tasks, paths.results, paths.summaries, paths.logs, paths.config, at('user'), at('tmp'), at('work'), at('bin')]
  for (const folder of folders) await mkdir(folder, { recursive: true })
  for (const [name, target] of Object.entries({ node: process.execPath, ...programs })) await symlink(target, join(at('bin'), name))
  for (const [path, text] of Object.entries(files)) await writeNew(join(paths.home, path), text)

  const started: RunningOrchestrator[] = []
  const surroundings: Surroundings = {
    cwd: paths.home,
    env: {
      PATH: [at('bin'), SYSTEM_PATH].join(delimiter),
      HOME: at('user'),
      TMPDIR: at('tmp'),
      LANG: 'C.UTF-8',
      CLAUDE_BASE_CWD: at('work'),
      OLLAMA_HOST: 'off',
      ...env,
    },
  }

  async function stateOf(id: string): Promise<State | undefined> {
    const places = ['running', 'waiting', 'processed', 'failed', 'rejected'] as const
    if (await exists(paths.tasks, `${id}.task.md`)) return 'queued'
    for (const place of places) if (await exists(paths[place], `${id}.task.md`)) return place
    return undefined
  }

  /** The run of a task whose file lies in the archive; that this is so is told a moment later. */
  async function archivedRun(id: string): Promise<string | undefined> {
    const state = await stateOf(id)
    if (state !== 'processed' && state !== 'failed') return undefined
    const text = await readFile(join(paths.results, `${id}_result.json`), 'utf8').catch(() => undefined)
    return text === undefined ? undefined : JSON.parse(text).run_id
  }

  function start(args: readonly string[], options?: ProcessOptions): RunningOrchestrator {
    const orchestrator = startOrchestrator(surroundings, args, options)
    started.push(orchestrator)
    return orchestrator
  }

  return {
    ...surroundings,
    paths,
    work: at('work'),
    stateOf,
    async drop(id, text) {
      // Moved in, as a program should: on a busy machine a file may stay empty for longer than the settle time before it is written.
      const staged = join(paths.tasks, `.${randomUUID()}`)
      await writeFile(staged, text)
      await rename(staged, join(paths.tasks, `${id}.task.md`))
    },
    async waitForResult(id) {
      const settled = async () => {
        const state = await stateOf(id)
        expect(['processed', 'failed', 'rejected'], `state of ${id}`).toContain(state)
        return state
      }
      const state = await until(settled)
      if (state === 'rejected') throw new Error(await readFile(join(paths.rejected, `${id}.task.md.reason.json`), 'utf8'))
      return resultSchema.parse(JSON.parse(await readFile(join(paths.results, `${id}_result.json`), 'utf8')))
    },
    async events(id) {
      if (id === undefined) return loggedIn(paths)
      return until(async () => {
        const events = (await loggedIn(paths)).filter((event) => 'task_id' in event && event.task_id === id)
        const run = await archivedRun(id)
        if (run !== undefined) expect(events).toContainEqual(expect.objectContaining({ event: 'task_archived', run_id: run }))
        return events
      })
    },
    processes: async () => (await processesOf(root)).map(({ command }) => command),
    run: (args, options) => start(args, options).exited,
    start,
    async [Symbol.asyncDispose]() {
      for (const orchestrator of started.reverse()) await orchestrator[Symbol.asyncDispose]()
      const processes = await endLeftOvers(root, endingMs)
      const temporary = (await readdir(paths.home, { recursive: true })).filter((name) => name.endsWith('.tmp'))
      await rm(root, { recursive: true, force: true })
      expect({ processes, temporary }, 'left behind in the home').toEqual({ processes: [], temporary: [] })
    },
  }
}

async function loggedIn(paths: Home['paths']): Promise<LoggedEvent[]> {
  const lines = (await readFile(paths.events, 'utf8')).trimEnd().split('\n')
  return lines.map((line) => JSON.parse(line))
}

async function writeNew(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, text)
}

async function exists(folder: string, name: string): Promise<boolean> {
  return (await readdir(folder).catch((): string[] => [])).includes(name)
}
