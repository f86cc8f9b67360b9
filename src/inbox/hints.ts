import { basename } from 'node:path'
import { FSWatcher } from 'chokidar'

/** A running watch of one directory. */
export interface Hints {
  readonly ready: Promise<void>
  close(): Promise<void>
}

/** Milliseconds between two looks of the polling watch. */
const POLL_MS = 500

/**
 * chokidar would list the directory and look at each file in it at every event, so that draining a thousand tasks takes a million
 * looks. A directory that it takes for throttled it leaves alone, and still passes on the raw events of the system.
 */
class RawEvents extends FSWatcher {
  override _throttle(): false {
    return false
  }
}

/** Tells that something may have changed in a directory, by name where the system says it. */
export function listenForHints(
  directory: string,
  polling: boolean,
  on: { hint(name: string | undefined): void; limit(code: string): void },
): Hints {
  const watcher = new RawEvents({ depth: 0, usePolling: polling, interval: POLL_MS }).add(directory)
  const ready = new Promise<void>((resolve) => watcher.once('ready', resolve))
  // A polling watch is ready before it has looked for the first time; what came in between it takes for what was always there.
  if (polling) watcher.once('ready', () => setTimeout(() => on.hint(undefined), 2 * POLL_MS).unref())
  watcher.on('raw', (_event, path) => {
    const name = typeof path === 'string' ? basename(path) : ''
    on.hint(name === '' || name === basename(directory) ? undefined : name)
  })
  watcher.on('error', (error) => {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    if (!polling && (code === 'ENOSPC' || code === 'EMFILE')) on.limit(code)
  })
  return { ready, close: () => watcher.close() }
}
