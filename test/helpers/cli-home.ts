import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type HomePaths, homePaths } from '../../src/config/home.ts'
import type { Commands, DaemonStatus } from '../../src/control/protocol.ts'
import { serveControl } from '../../src/control/server.ts'
import type { LoggedEvent } from '../../src/domain/events.ts'
import type { TaskResult } from '../../src/domain/result.ts'
import { makeFolders } from '../../src/inbox/folders.ts'

/** A home that consists of files alone, in a temporary directory that goes when it is disposed. */
export interface FileHome extends Disposable {
  readonly home: string
  readonly paths: HomePaths
  /** Writes a file of the home; `written` is its time of modification. */
  put(path: string, content: string | object, written?: string): void
  /** A result, and its task file in the archive. */
  putResult(result: TaskResult): void
  /** Adds events to the log. */
  log(...events: readonly LoggedEvent[]): void
}

export function makeFileHome(): FileHome {
  const home = mkdtempSync(join(tmpdir(), 'orc-cli-'))
  const paths = homePaths(home)
  makeFolders(paths)
  const put: FileHome['put'] = (path, content, written) => {
    const file = join(home, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content))
    if (written !== undefined) utimesSync(file, new Date(written), new Date(written))
  }
  return {
    home,
    paths,
    put,
    putResult(result) {
      const { task_id: id, status } = result
      put(`tasks/${status === 'completed' ? 'processed' : 'failed'}/${id}.task.md`, 'Do it.')
      put(`results/${id}_result.json`, result)
    },
    log(...events) {
      mkdirSync(paths.logs, { recursive: true })
      writeFileSync(paths.events, events.map((event) => `${JSON.stringify(event)}\n`).join(''), { flag: 'a' })
    },
    [Symbol.dispose]: () => rmSync(home, { recursive: true, force: true }),
  }
}

/** A daemon of that home which only says how it is. */
export function serveStatus({ home, paths }: FileHome, status: Partial<DaemonStatus>): Promise<AsyncDisposable> {
  const idle: DaemonStatus = {
    pid: 4711,
    version: '0.1.0',
    home,
    since: '2026-11-20T06:00:00.000Z',
    concurrency: 3,
    holds: [],
    running: [],
    waiting: [],
    queued: [],
    queuedCount: 0,
    bridges: [],
    configWaiting: [],
  }
  const refuse = () => Promise.reject(new Error('it only says how it is'))
  const told = { ...idle, ...status }
  const commands: Commands = {
    status: async () => told,
    why: async ({ id }) => {
      const before = told.queued.findIndex((task) => task.id === id || task.file === id)
      return { before: before < 0 ? null : before, waitsFor: told.queued[before]?.waitsFor ?? null }
    },
    create: refuse,
    submit: refuse,
    list: refuse,
    show: refuse,
    progress: refuse,
    cancel: refuse,
    retry: refuse,
    pause: refuse,
    resume: refuse,
    reload: refuse,
    answer: refuse,
  }
  mkdirSync(paths.state, { recursive: true })
  return serveControl(paths, commands)
}
