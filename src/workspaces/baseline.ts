import type { Changes } from './contract.ts'

/** A directory as it was found, and the way to tell what became of it. */
export interface Baseline extends AsyncDisposable {
  /** What differs now; null where that cannot be told. */
  changes(): Promise<Changes | null>
}

/** Which directory is compared, and what of it. */
export interface Scope {
  /** Real path of the directory. */
  readonly cwd: string
  /** Absolute paths that do not count. */
  readonly ignored: readonly string[]
}
