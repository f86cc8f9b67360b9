import type { Commands, OwnerVerbs } from '../control/protocol.ts'
import { OrchestratorError } from '../domain/errors.ts'
import { ANSWER_FIELDS } from '../domain/named-fields.ts'
import { maskFields, namesMasked, type Redactor } from '../lib/redact.ts'

/** The commands with secrets masked in all that they answer and refuse with, whoever asks: a socket, a bridge, the step summary of CI. */
export function maskedCommands(commands: Commands, redact: Redactor): Commands {
  const verbs = Object.keys(commands) as (keyof OwnerVerbs)[]
  const masked = verbs.map((verb) => {
    const command = commands[verb] as (request: unknown, gone?: AbortSignal) => Promise<object>
    return [
      verb,
      async (request: unknown, gone?: AbortSignal) => {
        const value = await command(request, gone).catch((error: unknown) => {
          throw maskedError(error, redact)
        })
        const answer = maskFields(redact, value, ANSWER_FIELDS)
        // Events come from the log, where they stand masked, each field by what it is in an event.
        return 'events' in value ? { ...answer, events: value.events } : answer
      },
    ]
  })
  return Object.fromEntries(masked) as Commands
}

/** A refusal without secrets; the ids in it stay, and so do ordinary words. */
function maskedError(error: unknown, redact: Redactor): unknown {
  if (!(error instanceof OrchestratorError)) return error
  const message = namesMasked(redact, error.message)
  const hint = namesMasked(redact, error.hint)
  return message === error.message && hint === error.hint ? error : new OrchestratorError(error.code, message, { hint, cause: error })
}
