import { realpathSync } from 'node:fs'
import { startProcess } from '../lib/exec.ts'
import type { Running } from '../lib/running.ts'
import type { Workspace } from './contract.ts'
import { RUN_MARKER } from './run-marker.ts'
import { compareSnapshots, takeSnapshot } from './snapshot.ts'

/** What a workspace in place is made of. */
export interface InPlaceOptions {
  /** Real path of the directory of the task. */
  readonly cwd: string
  /** The environment that agents may see; their own variables are added to it. */
  readonly env: Readonly<Record<string, string>>
  readonly runId: string
  /** Absolute paths that do not count as changes: the files of the home itself. */
  readonly ignore: readonly string[]
}

/** The directory of the task itself: nothing is made and nothing is removed. Its end ends what was started in it. */
export async function openInPlace({ cwd, env, runId, ignore }: InPlaceOptions): Promise<Workspace> {
  const ignored = ignore.map(realPathOf)
  const before = await takeSnapshot(cwd, ignored)
  const started: Running[] = []
  return {
    kind: 'none',
    path: cwd,
    spawn(command) {
      const running = startProcess({ ...command, cwd, env: { ...env, ...command.env }, marker: { name: RUN_MARKER, value: runId } })
      started.push(running)
      return running
    },
    async changes() {
      const after = before && (await takeSnapshot(cwd, ignored))
      return before && after ? compareSnapshots(before, after) : null
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(started.map((running) => running.destroy()))
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
