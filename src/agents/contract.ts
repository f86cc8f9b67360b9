import type { AgentName } from '../config/schema.ts'
import type { AgentCommand, AgentEvent, AttemptOutcome, AttemptSpec, GoverningSettings } from '../domain/attempt.ts'
import type { ProcessExit } from '../lib/running.ts'

/** What an agent can do by itself; the orchestrator makes up for the rest where it can. */
export interface Abilities {
  readonly resume: boolean
  readonly turnCap: boolean
  readonly budgetCap: boolean
  readonly readOnly: boolean
}

/** Runs a short command for `detect`: its output, or undefined where it could not be started. */
export type Probe = (
  file: string,
  args: readonly string[],
) => Promise<{ readonly code: number | undefined; readonly stdout: string } | undefined>

/** Whether an agent is there, for `doctor` and `status`. */
export type Detection =
  | { readonly found: true; readonly version: string; readonly note?: string }
  | { readonly found: false; readonly problem: string; readonly fix: string }

/** What an older version of an agent means. */
export interface VersionNote {
  /** Whether it can be worked with all the same. */
  readonly supported: boolean
  readonly words: string
  /** How to get a newer one. */
  readonly fix: string
}

/** Reads the output of one attempt, line by line. It keeps state, so every attempt gets its own. */
export interface StreamReader {
  /** One line of standard output without its end; lines that mean nothing yield no events. */
  line(text: string): readonly AgentEvent[]
  /** The verdict, from everything that was read and how the process ended. */
  end(exit: ProcessExit): AttemptOutcome
}

/** What the configuration may say of an agent (`agents.<name>` in config/orchestrator.yaml). */
export interface AgentSettings {
  /** Program to start instead of the agent's own name. */
  readonly command?: string | undefined
  /** Added to the environment of every attempt. */
  readonly environment: Readonly<Record<string, string>>
}

/** An agent is pure: what to start, and what its output means. Tested with recorded streams. */
export interface Agent {
  readonly name: AgentName
  /** True where no model is asked; results say so. */
  readonly demo: boolean
  readonly can: Abilities
  /** Names of variables it may inherit from the environment, `PREFIX_*` for all that begin so. */
  readonly inherits: readonly string[]
  /** Variables that are set where the environment leaves them open; what `command` says in `env` stands above both. */
  readonly defaults?: Readonly<Record<string, string>>
  /** With the program that the configuration gives in place of the agent's own. */
  detect(probe: Probe, program?: string): Promise<Detection>
  /** What is worth knowing of a version; undefined where nothing is. */
  noteVersion?(version: string): VersionNote | undefined
  command(spec: AttemptSpec): AgentCommand
  /** Which settings of the user it obeys, in the environment that it gets; left out where it has none. */
  governing?(env: Readonly<Record<string, string>>): GoverningSettings
  reader(spec: AttemptSpec): StreamReader
}
