import type { AgentCommand, ExposedPaths } from '../domain/attempt.ts'
import type { FileChange } from '../domain/run.ts'
import type { Running } from '../lib/running.ts'

/** A place where an attempt works, with an end. Agents cannot tell which kind it is. */
export interface Workspace extends AsyncDisposable {
  readonly kind: string
  /** Real path of the directory that the agent works in. */
  readonly path: string
  /** What of the home its processes could write or read all the same: an agent denies that to its own tools. Undefined where there is nothing. */
  readonly exposed: ExposedPaths | undefined
  /** Starts a process here; a start that fails is told by `exited`, never thrown. */
  spawn(command: AgentCommand): Running
  /** What differs from when the workspace was opened; null where that cannot be told. */
  changes(): Promise<Changes | null>
}

/** What was done to the files of a workspace. */
export interface Changes {
  /** Sorted by path. */
  readonly files: readonly FileChange[]
  /** The same as a unified diff for reading, cut where it is long; empty where there is none. */
  readonly patch: string
}
