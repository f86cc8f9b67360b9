import { realpathSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type Environment, processEnvironment } from './environment.ts'

/** The longest path that every system takes for a Unix socket: macOS allows 103 bytes. */
const SOCKET_PATH_BYTES = 100

/**
 * The absolute path of the home: `--home`, else ORCHESTRATOR_HOME, else the current directory. Empty counts as not given. Links are resolved where
 * it exists: one that is turned later does not lead a daemon elsewhere.
 */
export function resolveHome(from: { readonly flag?: string | undefined; readonly env?: Environment } = {}): string {
  return realPath(resolve(from.flag || (from.env ?? processEnvironment()).ORCHESTRATOR_HOME || '.'))
}

/** Where everything of a home lies; absolute paths. */
export type HomePaths = ReturnType<typeof homePaths>

/** All paths of a home, whether or not they exist. */
export function homePaths(home: string) {
  const tasks = join(home, 'tasks')
  const logs = join(home, 'logs')
  const config = join(home, 'config')
  const state = join(home, '.orchestrator')
  return {
    home,
    tasks,
    running: join(tasks, 'running'),
    waiting: join(tasks, 'waiting'),
    processed: join(tasks, 'processed'),
    failed: join(tasks, 'failed'),
    rejected: join(tasks, 'rejected'),
    /** Files that came with tasks, a folder a task. */
    attachments: join(tasks, 'attachments'),
    results: join(home, 'results'),
    summaries: join(home, 'summaries'),
    logs,
    /** Raw streams of the agents, one file a run. */
    runs: join(logs, 'runs'),
    events: join(logs, 'events.ndjson'),
    log: join(logs, 'orchestrator.log'),
    config,
    yaml: join(config, 'orchestrator.yaml'),
    env: join(home, '.env'),
    envExample: join(home, '.env.example'),
    /** What only programs read. */
    state,
    /** What is needed only while an attempt runs; emptied at every start. */
    scratch: join(state, 'scratch'),
    /** What attempts need of `.orchestrator/`: a directory a run, there while an attempt of it is under way. */
    run: join(state, 'run'),
    lock: join(state, 'daemon.json'),
    paused: join(state, 'paused.json'),
    holds: join(state, 'holds.json'),
    spending: join(state, 'spending.json'),
    /** Notices that are still to be delivered. */
    outbox: join(state, 'outbox'),
    /** What the Telegram bridge remembers. */
    telegram: join(state, 'telegram'),
    /** The owner's; the same path for every process that sees the home. */
    socket: socketPath(home, join(state, 'control.sock'), 'control'),
  } as const
}

/** What the attempts of one run need of `.orchestrator/`; absolute paths. */
export function runPaths({ home, run }: Pick<HomePaths, 'home' | 'run'>, runId: string) {
  // Ids that records carry are file names; whatever else stands there must lead nowhere else.
  const name = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(runId) ? runId : hash(runId)
  const directory = join(run, name)
  return {
    directory,
    /** First on PATH of the agent. */
    launchers: join(directory, 'bin'),
    socket: socketPath(home, join(directory, 'control.sock'), `run-${name}`),
  } as const
}

/** The folders of a home that are its own: no agent writes there. Some come to be only once they are used. */
export function ownFolders({ home, tasks, results, summaries, logs, config }: HomePaths): readonly string[] {
  const further = ['conversations', 'codebases', 'schedules', 'flows'].map((name) => join(home, name))
  return [tasks, results, summaries, logs, config, ...further]
}

/** Whether the directory is a home: it has an inbox. */
export function isHome(home: string): boolean {
  return statSync(join(home, 'tasks'), { throwIfNoEntry: false })?.isDirectory() ?? false
}

/**
 * Where a socket of the home listens: in the home. Linux reaches it there however long its path is (`lib/socket-place.ts`); elsewhere one whose
 * path is too long lies in a directory below /tmp that is named after the owner and the real path of the home. Windows has named pipes.
 */
function socketPath(home: string, path: string, name: string): string {
  if (process.platform === 'win32') return `\\\\.\\pipe\\orchestrator-${fingerprint(home)}-${name}`
  if (process.platform === 'linux' || Buffer.byteLength(path) <= SOCKET_PATH_BYTES) return path
  return join(`/tmp/orchestrator-${ownerOf(home)}-${fingerprint(home)}`, `${name}.sock`)
}

function ownerOf(home: string): number {
  return statSync(home, { throwIfNoEntry: false })?.uid ?? process.getuid?.() ?? 0
}

/** The same for every way to spell one directory, so that clients find the daemon through symbolic links. */
function fingerprint(home: string): string {
  const path = realPath(home)
  return hash(process.platform === 'win32' ? path.toLowerCase() : path)
}

function hash(text: string): string {
  // Loaded only here, since it takes as long to load as a short command runs.
  const { createHash } = process.getBuiltinModule('node:crypto')
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}

function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}
