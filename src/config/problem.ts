import { maskShapes, SECRET_NAME } from '../lib/redact.ts'

/** One thing that is wrong with the configuration. */
export interface Problem {
  /** Where it was written: `.env line 3`, `environment`, `config/orchestrator.yaml line 2, column 5`, `command line`. */
  readonly where: string
  /** The variable or key; undefined where a line could not be read at all. */
  readonly name?: string
  /** What is expected, and what stands there instead unless that may be a secret. */
  readonly message: string
}

/** A problem as one line for people. */
export function describeProblem({ where, name, message }: Problem): string {
  return `${where}: ${name === undefined ? '' : `${name} `}${message}`
}

/** `, not "value"` for a message: shortened, and empty where the name says that the value is a secret. */
export function insteadOf(name: string, value: unknown): string {
  if (SECRET_NAME.test(name)) return ''
  const text = maskShapes(JSON.stringify(value) ?? '')
  return `, not ${text.length > 60 ? `${text.slice(0, 60)}…` : text}`
}
