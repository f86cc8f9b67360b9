import { existsSync } from 'node:fs'
import { removeFile, replaceFile } from '../lib/atomic-file.ts'
import { crashPoint } from '../lib/crash-point.ts'

/** Whether the queue is paused: a file, so that a pause outlives the daemon. */
export interface PauseMark {
  readonly paused: boolean
  set(by: string | undefined): void
  clear(): void
}

/** The mark of a home, at the path of `.orchestrator/paused.json`. */
export function pauseMark(path: string): PauseMark {
  return {
    get paused() {
      return existsSync(path)
    },
    set(by) {
      replaceFile(path, `${JSON.stringify({ by: by ?? null, since: new Date().toISOString() })}\n`)
      crashPoint('pause.marked')
    },
    clear: () => removeFile(path),
  }
}
