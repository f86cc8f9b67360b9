import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { type HomePaths, runPaths } from '../config/home.ts'
import type { RunCommands } from '../control/protocol.ts'
import { type Control, serveRun } from '../control/server.ts'
import type { AttemptSpec } from '../domain/attempt.ts'
import type { RunAccess } from '../pipeline/attempt.ts'
import type { Logger } from '../telemetry/logger.ts'
import { withFirstOnPath, writeLauncher } from './launcher.ts'
import type { RunTokens } from './run-tokens.ts'

/** What the accesses of runs are made with. */
export interface RunAccessDeps {
  readonly paths: HomePaths
  readonly tokens: RunTokens
  readonly log: Logger
  /** What is done for the agent of a run. */
  commands(runId: string): RunCommands
}

/** What lets agents ask: for each attempt under way a directory of its run, with a control socket and the program of this daemon. */
export class RunAccesses {
  readonly #deps: RunAccessDeps
  readonly #open = new Set<OpenAccess>()

  constructor(deps: RunAccessDeps) {
    this.#deps = deps
  }

  /** Opens that of an attempt. One whose agent may not ask gets nothing, and neither does one where the home cannot be written: it works without. */
  async open({ runId, mayAsk }: Pick<AttemptSpec, 'runId' | 'mayAsk'>): Promise<RunAccess> {
    if (mayAsk !== true) return NO_ACCESS
    const { paths, tokens, log, commands } = this.#deps
    const { directory, launchers, socket } = runPaths(paths, runId)
    const remove = () => rmSync(directory, { recursive: true, force: true, maxRetries: 3 })
    const make = () => {
      mkdirSync(directory, { recursive: true, mode: 0o700 })
      writeLauncher(launchers)
    }
    let control: Control
    try {
      remove()
      control = await openOrRemove(make, () => serveRun({ home: paths.home, socket }, commands(runId)), remove)
    } catch (error) {
      log.warn('what lets an agent ask cannot be written: this attempt works without', { run: runId, error })
      return NO_ACCESS
    }
    const open = { launchers, make, control }
    this.#open.add(open)
    const asking = { ORCHESTRATOR_HOME: paths.home, ORCHESTRATOR_SOCKET: socket, ORCHESTRATOR_RUN_TOKEN: tokens.of(runId) }
    return {
      directory,
      environment: (env) => ({ ...withFirstOnPath(launchers, env), ...asking }),
      [Symbol.asyncDispose]: async () => {
        this.#open.delete(open)
        await control[Symbol.asyncDispose]()
        try {
          remove()
        } catch (error) {
          log.warn('what let an agent ask cannot be removed; the next start does', { run: runId, error })
        }
      },
    }
  }

  /** Makes again what was deleted of them while attempts are under way; true if something was. */
  async reopen(): Promise<boolean> {
    let isMadeAgain = false
    for (const { launchers, make, control } of this.#open) {
      const isWhole = existsSync(join(launchers, 'orchestrator'))
      if (!isWhole) make()
      if ((await control.reopen()) || !isWhole) isMadeAgain = true
    }
    return isMadeAgain
  }
}

interface OpenAccess {
  readonly launchers: string
  make(): void
  readonly control: Control
}

const NO_ACCESS: RunAccess = { directory: undefined, environment: (env) => env, [Symbol.asyncDispose]: async () => undefined }

async function openOrRemove<T>(make: () => void, open: () => Promise<T>, remove: () => void): Promise<T> {
  try {
    make()
    return await open()
  } catch (error) {
    remove()
    throw error
  }
}
