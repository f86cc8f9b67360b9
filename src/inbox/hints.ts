import { basename } from 'node:path'
import { watch } from 'chokidar'

/** A running watch of one directory. */
export interface Hints {
  readonly ready: Promise<void>
  close(): Promise<void>
}

/** Milliseconds between two looks of the polling watch. */
const POLL_MS = 500

/**
 * Tells that something may have changed in a directory, by name where the system says it. chokidar is told to ignore
 * every file: it would otherwise hold a watch for each and look at all of them at every event, which a backlog of
 * thousands makes dear; its raw events are enough for a hint.
 */
export function listenForHints(
  directory: string,
  polling: boolean,
  on: { hint(name: string | undefined): void; limit(code: string): void },
): Hints {
  const watcher = watch(directory, {
    depth: 0,
    ignoreInitial: true,
    followSymlinks: false,
    atomic: false,
    usePolling: polling,
    interval: POLL_MS,
    ignored: (path) => path !== directory,
  })
  const ready = new Promise<void>((resolve) => watcher.once('ready', resolve))
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
