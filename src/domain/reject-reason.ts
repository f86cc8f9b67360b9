import type { ErrorCode } from './errors.ts'

/** Why a file cannot become a task. Line and column count from 1 in the file. */
export interface RejectReason {
  readonly code: ErrorCode
  readonly message: string
  readonly hint: string
  readonly line?: number
  readonly column?: number
}
