import { OrchestratorError } from '../domain/errors.ts'
import type { Output } from './context.ts'

/** Says what, why and what to do next; gives the exit code. */
export function reportError(error: unknown, err: Output): number {
  if (error instanceof OrchestratorError) {
    err.line(`error: ${error.message}`)
    err.line(`  → ${error.hint}`)
    return error.exitCode
  }
  err.line(`error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
  err.line('  → This is a bug of the orchestrator; please report it with the lines above.')
  return 1
}
