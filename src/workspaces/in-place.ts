import { realpathSync } from 'node:fs'
import { startProcess } from '../lib/exec.ts'
import type { Fence } from '../lib/process-fence.ts'
import type { Running } from '../lib/running.ts'
import type { Workspace } from './contract.ts'
import { openGitBaseline } from './git-baseline.ts'
import type { Environment } from './git-program.ts'
import { RUN_MARKER } from './run-marker.ts'
import { openSnapshotBaseline } from './snapshot-baseline.ts'

/** What a workspace in place is made of. */
export interface InPlaceOptions {
  /** Real path of the directory of the task. */
  readonly cwd: string
  readonly runId: string
  /** What keeps the processes of each command together. */
  readonly fence: Fence
  /** Absolute paths that do not count as changes: the files of the home itself. */
  readonly ignore: readonly string[]
  /** Absolute path of the directory for what is needed until the end of the workspace; what a kill leaves there can be removed. */
  readonly scratch: string
  /** Where git and the home directory of the user are named; left out, git is looked for where systems have it. */
  readonly environment?: Environment
}

/** The directory of the task itself: nothing is made and nothing is removed. Its end ends what was started in it. */
export async function openInPlace({ cwd, runId, fence, ignore, scratch, environment = {} }: InPlaceOptions): Promise<Workspace> {
  const scope = { cwd, ignored: ignore.map(realPathOf) }
  const baseline = (await openGitBaseline(scope, environment, scratch)) ?? (await openSnapshotBaseline(scope))
  const started: Running[] = []
  return {
    kind: 'none',
    path: cwd,
    spawn(command) {
      const running = startProcess({ ...command, cwd, marker: { name: RUN_MARKER, value: runId }, fence })
      started.push(running)
      return running
    },
    changes: async () => (await baseline?.changes()) ?? null,
    async [Symbol.asyncDispose]() {
      await Promise.all(started.map((running) => running.destroy()))
      await baseline?.[Symbol.asyncDispose]()
    },
  }
}

function realPathOf(path: string): string {
  try {
    return realpathSync.native(path)
  } catch {
    return path
  }
}
