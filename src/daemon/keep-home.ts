import type { Control } from '../control/server.ts'
import { OrchestratorError } from '../domain/errors.ts'
import { wordsOf } from '../lib/words-of.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Lock } from './lock.ts'
import type { RunAccesses } from './run-access.ts'

/** Milliseconds between two looks. */
const EVERY_MS = 1_000

/** What a daemon is known by while it runs. */
export interface Signs {
  readonly lock: Lock
  readonly control: Control
  readonly runAccesses: Pick<RunAccesses, 'reopen'>
  readonly log: Logger
  /** Called where another daemon has taken the home. */
  onLost(): void
}

/**
 * Makes the lock and the control sockets again where somebody deleted them, `.orchestrator/` and all: without the lock a second daemon
 * could start on the home. The timer keeps no process alive.
 */
export function keepHome({ lock, control, runAccesses, log, onLost }: Signs): Disposable {
  let problem: string | undefined
  let looking = false

  async function look(): Promise<void> {
    if (await lock.retake()) log.warn('.orchestrator/daemon.json was deleted and is made again: it keeps a second daemon from this home')
    if (await control.reopen()) log.warn('the control socket was deleted and is made again')
    if (await runAccesses.reopen()) log.warn('what lets an agent ask was deleted and is made again')
    problem = undefined
  }

  function failed(error: unknown): void {
    if (error instanceof OrchestratorError && error.code === 'already_running') onLost()
    const message = wordsOf(error)
    if (message !== problem) log.error('the daemon cannot show that it runs', { error })
    problem = message
  }

  const timer = setInterval(async () => {
    if (looking) return
    looking = true
    try {
      await look().catch(failed)
    } catch (error) {
      log.error('the daemon cannot look after its home', { error })
    } finally {
      looking = false
    }
  }, EVERY_MS).unref()
  return { [Symbol.dispose]: () => clearInterval(timer) }
}
