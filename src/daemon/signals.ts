import type { Daemon } from './daemon.ts'

/** The signals of a daemon while it runs; disposing gives them back to the system. */
export interface SignalLadder extends Disposable {
  /** The first signal that asked for a stop. */
  readonly stoppedBy: NodeJS.Signals | undefined
}

/** Ctrl-C and SIGTERM stop: the first lets running tasks finish, the second interrupts them, a third ends at once. SIGHUP reads the configuration again. */
export function handleSignals(daemon: Daemon, onStop: (signal: NodeJS.Signals, again: boolean) => void): SignalLadder {
  let stoppedBy: NodeJS.Signals | undefined
  let asked = 0
  const stop = (signal: NodeJS.Signals) => {
    asked++
    stoppedBy ??= signal
    if (asked > 2) {
      release()
      process.kill(process.pid, signal) // whatever hangs now, the system ends it; the next start recovers
      return
    }
    onStop(signal, asked > 1)
    daemon.stop(`stopped by ${signal}`)
  }
  const reload = () => daemon.reload()
  const release = () => {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.off(name, stop)
    process.off('SIGHUP', reload)
  }
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, stop)
  process.on('SIGHUP', reload)
  return {
    get stoppedBy() {
      return stoppedBy
    },
    [Symbol.dispose]: release,
  }
}
