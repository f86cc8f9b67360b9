/**
 * A signal that Ctrl-C and SIGTERM abort: the first one asks, and a second one ends the process as the system would. Commands that run tasks have a
 * ladder of their own, and get a signal that is never aborted.
 */
export function stopOnSignals(runsTasks: boolean): AbortSignal {
  const controller = new AbortController()
  if (!runsTasks) for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => controller.abort(name))
  return controller.signal
}
