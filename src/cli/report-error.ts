import { OrchestratorError } from '../domain/errors.ts'
import { namesMasked, type Redactor } from '../lib/redact.ts'
import type { Output } from './context.ts'

/** Says what, why and what to do next, without secrets; gives the exit code. */
export function reportError(error: unknown, err: Output, redact: Redactor): number {
  const shown = (text: string) => namesMasked(redact, text)
  if (error instanceof OrchestratorError) {
    err.line(`error: ${shown(error.message)}`)
    err.line(`  → ${shown(error.hint)}`)
    return error.exitCode
  }
  if (error instanceof Error && 'syscall' in error && 'path' in error)
    return reportError(new OrchestratorError('cannot_read', error.message), err, redact)
  err.line(`error: ${shown(error instanceof Error ? (error.stack ?? error.message) : String(error))}`)
  err.line('  → This is a bug of the orchestrator; please report it with the lines above.')
  return 1
}

/** Says how a command line is wrong, without secrets that stand in it. */
export function reportUsage(text: string, err: Output, redact: Redactor): void {
  err.write(namesMasked(redact, text))
}
