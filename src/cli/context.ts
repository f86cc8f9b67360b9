import type { Environment } from '../config/environment.ts'

/** What a command may use of the world; tests give it one of their own. */
export interface Context {
  /** Absolute path of the home. */
  readonly home: string
  readonly env: Environment
  readonly out: Output
  readonly err: Output
  /** Aborted by Ctrl-C or SIGTERM; commands that wait end then. */
  readonly signal: AbortSignal
}

/** One of the two output streams. */
export interface Output {
  readonly isTerminal: boolean
  /** Whether colour is wanted: a terminal, and no NO_COLOR. */
  readonly color: boolean
  /** Width in characters; 80 where it is not known. */
  readonly columns: number
  /** Prints exactly this: JSON, scripts, and what draws on a terminal. */
  write(text: string): void
  /** Prints a line for people: what others wrote into it cannot steer the terminal. */
  line(text?: string): void
}

/** What a command comes to: the exit code. Failures with a reason are thrown as OrchestratorError. */
export type CommandResult = Promise<number> | number

/** Options as commander hands them over. */
export type Options = Readonly<Record<string, string | boolean | readonly string[] | undefined>>

/** A loaded command. `args` are its positional arguments. */
export type Command = (context: Context, args: readonly string[], options: Options) => CommandResult
