import type { Daemon } from './daemon.ts'

/** The signals of a daemon, from before its start to its end; disposing gives them back to the system. */
export interface SignalLadder extends Disposable {
  /** The first signal that asked for a stop. */
  readonly stoppedBy: NodeJS.Signals | undefined
  /** Aborted by that signal, which is its reason. */
  readonly stop: AbortSignal
  /** Has the signals from now on act on a daemon that is ready. */
  attend(daemon: Daemon): void
}

/** Ctrl-C and SIGTERM stop: the first lets running tasks finish, the second interrupts them, a third ends at once. SIGHUP reads the configuration again. */
export function handleSignals(onStop: (signal: NodeJS.Signals, again: boolean) => void): SignalLadder {
  const first = new AbortController()
  let daemon: Daemon | undefined
  let asked = 0
  const stop = (signal: NodeJS.Signals) => {
    asked++
    if (asked > 2) {
      release()
      process.kill(process.pid, signal) // whatever hangs now, the system ends it; the next start recovers
      return
    }
    onStop(signal, asked > 1)
    first.abort(signal)
    daemon?.stop(`stopped by ${signal}`)
  }
  const reload = () => daemon?.reload()
  const release = () => {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.off(name, stop)
    process.off('SIGHUP', reload)
  }
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, stop)
  process.on('SIGHUP', reload)
  return {
    get stoppedBy() {
      return first.signal.reason
    },
    stop: first.signal,
    attend(ready) {
      daemon = ready
    },
    [Symbol.dispose]: release,
  }
}
