import { join } from 'node:path'
import { type HomePaths, homePaths } from '../config/home.ts'
import { requireConfig } from '../config/load.ts'
import { compose, type House } from '../daemon/compose.ts'
import { acquireLock } from '../daemon/lock.ts'
import { recover } from '../daemon/recover.ts'
import { OrchestratorError } from '../domain/errors.ts'
import type { RunRecord } from '../domain/run.ts'
import { makeFolders } from '../inbox/folders.ts'
import { Disposer } from '../lib/disposer.ts'
import { endTree, sweepMarked } from '../lib/process-tree.ts'
import { version } from '../lib/version.ts'
import { takeIn } from '../pipeline/intake.ts'
import type { Candidate } from '../scheduler/candidate.ts'
import { RUN_MARKER } from '../workspaces/run-marker.ts'
import { queuedFile } from './queued-file.ts'
import type { Context } from './context.ts'

/** Cancels a task while no daemon runs, by being the daemon for that moment: the task gets its result and its events like any other. */
export async function cancelOnFiles({ home, env }: Context, id: string): Promise<void> {
  const paths = homePaths(home)
  await using disposer = new Disposer()
  const config = await requireConfig({ home, env })
  disposer.use(await acquireLock(paths.lock, version()))
  makeFolders(paths)
  const house = await compose({ paths, config, flags: {}, only: undefined, onIdle: () => undefined }, disposer)
  house.dispatcher.paused = true
  const candidate = await findCandidate(id, paths, house)
  if (candidate) house.dispatcher.put(candidate)
  if (!(await house.dispatcher.cancel(id, undefined))) {
    throw new OrchestratorError('wrong_state', `${id} is neither queued nor running, so it cannot be cancelled.`)
  }
}
