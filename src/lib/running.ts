/** Identity of a process that survives pid reuse: a pid means nothing without its start and boot. */
export interface ProcessIdentity {
  readonly pid: number
  /** Opaque start stamp of the operating system. */
  readonly started: string
  /** Opaque id of the boot; empty where the system has none. */
  readonly boot: string
}

/** How a process ended. */
export interface ProcessExit {
  /** Exit status, or undefined where a signal or a failed start ended it. */
  readonly code: number | undefined
  readonly signal: string | undefined
  /** The end of standard error, at most 8 KiB. */
  readonly stderr: string
  /** Why the process could not be started at all. */
  readonly startError?: { readonly code: string; readonly message: string }
}

/** A started process, seen by those who watch it; who started it and where stays with the workspace. */
export interface Running {
  readonly identity: ProcessIdentity | undefined
  readonly stdout: AsyncIterable<string>
  /** Settles once the process has exited and its output is read; never rejects. */
  readonly exited: Promise<ProcessExit>
  /** Asks the agent to stop (SIGTERM). */
  terminate(): void
  /** Ends every process of the attempt, whatever became of its parent; settles when none is left. */
  destroy(): Promise<void>
}
