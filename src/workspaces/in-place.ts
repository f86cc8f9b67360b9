import { closeSync, constants, openSync, readlinkSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import type { ExposedPaths } from '../domain/attempt.ts'
import { OrchestratorError } from '../domain/errors.ts'
import type { Containment } from '../lib/containment.ts'
import { startProcess } from '../lib/exec.ts'
import type { Running } from '../lib/running.ts'
import type { Workspace } from './contract.ts'
import { openGitBaseline } from './git-baseline.ts'
import type { Environment } from './git-program.ts'
import { mountedEnvironment, type Protection, protectingMounts } from './protection.ts'
import { RUN_MARKER } from './run-marker.ts'
import { openSnapshotBaseline } from './snapshot-baseline.ts'

/** What a workspace in place is made of. */
export interface InPlaceOptions {
  /** Real path of the directory of the task. */
  readonly cwd: string
  readonly runId: string
  /** What contains the processes of each command. */
  readonly containment: Containment
  /** What is kept from them; left out, nothing is. */
  readonly protection?: Protection
  /** Absolute paths that do not count as changes: the files of the home itself. */
  readonly ignore: readonly string[]
  /** Absolute path of the directory for what is needed until the end of the workspace; what a kill leaves there can be removed. */
  readonly scratch: string
  /** Where git and the home directory of the user are named; left out, git is looked for where systems have it. */
  readonly environment?: Environment
}

/**
 * The directory of the task itself: nothing is made and nothing is removed. It is held open, so that its processes start in what was checked,
 * whatever is put in its place. Its end ends what was started in it. Rejects with `cwd_missing` where it is not there any more.
 */
export async function openInPlace({
  cwd,
  runId,
  containment,
  protection,
  ignore,
  scratch,
  environment = {},
}: InPlaceOptions): Promise<Workspace> {
  const directory = holdDirectory(cwd)
  const mounts = () => (protection === undefined ? [] : protectingMounts(cwd, protection))
  if (containment.namespace?.mounts) makeProtected(mounts)
  const scope = { cwd, ignored: ignore.map(realPathOf) }
  const baseline = (await openGitBaseline(scope, environment, scratch)) ?? (await openSnapshotBaseline(scope))
  const started: Running[] = []
  const around = protection && containment.namespace?.mounts ? mountedEnvironment(cwd, protection.home) : {}
  const isProtected = protection === undefined || containment.namespace?.mounts === true
  return {
    kind: 'none',
    path: cwd,
    exposed: isProtected ? undefined : exposedBy(protection),
    spawn(command) {
      const running = startProcess({
        ...command,
        env: { ...around, ...command.env },
        cwd,
        directory,
        marker: { name: RUN_MARKER, value: runId },
        containment,
        mounts,
      })
      started.push(running)
      return running
    },
    // What lies there by now would be compared with what was there before.
    changes: async () => (directory === undefined || placeOf(directory) === cwd ? ((await baseline?.changes()) ?? null) : null),
    async [Symbol.asyncDispose]() {
      await Promise.all(started.map((running) => running.destroy()))
      await baseline?.[Symbol.asyncDispose]()
      if (directory !== undefined) closeSync(directory)
    },
  }
}

/** Opens the directory that a real path leads to at this moment; undefined where the system has no way to start a process in it by that. */
function holdDirectory(path: string): number | undefined {
  if (process.platform !== 'linux') return undefined
  let descriptor: number | undefined
  try {
    descriptor = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW)
    if (placeOf(descriptor) === path) return descriptor
  } catch {
    // told below
  }
  if (descriptor !== undefined) closeSync(descriptor)
  throw new OrchestratorError('cwd_missing', `The working directory ${path} was replaced or removed before the attempt began.`)
}

/** What no mount keeps from the processes of a run. */
function exposedBy({ folders, secrets, state, governing }: Protection): ExposedPaths {
  const { directories = [], files = [], folders: others = [] } = governing ?? {}
  const settings = directories.flatMap((directory) => [...files, ...others].map((name) => join(directory, name)))
  return { governing: [secrets, ...folders, ...settings], secret: [secrets, state] }
}

/** Has what is missing of the protected made, before changes are counted. */
function makeProtected(mounts: () => unknown): void {
  try {
    mounts()
  } catch {
    // The start of a process meets the same, and tells.
  }
}

/** Where an open directory lies now; what was removed has a note behind its path. */
function placeOf(descriptor: number): string {
  return readlinkSync(`/proc/self/fd/${descriptor}`)
}

function realPathOf(path: string): string {
  try {
    return realpathSync.native(path)
  } catch {
    return path
  }
}
