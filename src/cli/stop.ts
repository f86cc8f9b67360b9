/**
 * A signal that Ctrl-C and SIGTERM abort. The daemon has a ladder of its own for signals; for all other commands the first
 * one asks, and a second one ends the process as the system would.
 */
export function stopOnSignals(command: string): AbortSignal {
  const controller = new AbortController()
  if (command === 'start' || command === 'run' || command === 'demo') return controller.signal
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => controller.abort(name))
  return controller.signal
}
