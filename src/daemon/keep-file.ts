import { replaceFile } from '../lib/atomic-file.ts'
import type { Logger } from '../telemetry/logger.ts'

/** Told of what cannot be written. */
export type Complaints = Pick<Logger, 'error'>

/** Replaces a file that is read at the next start only: a disk that refuses it is told to the log and holds nobody up. */
export function keepFile(path: string, data: string, log: Complaints): void {
  try {
    replaceFile(path, data)
  } catch (error) {
    log.error('what the next start should know cannot be written', { path, error })
  }
}
