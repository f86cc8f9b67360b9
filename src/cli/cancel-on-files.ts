import type { HomePaths } from '../config/home.ts'
import { queuedNames } from '../control/view/folder-names.ts'
import { queuedFiles } from '../control/view/queued-files.ts'
import type { House } from '../daemon/compose.ts'
import { recover } from '../daemon/recover.ts'
import { OrchestratorError } from '../domain/errors.ts'
import { Disposer } from '../lib/disposer.ts'
import { takeIn } from '../pipeline/intake.ts'
import type { Candidate } from '../scheduler/candidate.ts'
import { houseOnFiles } from './house-on-files.ts'

/**
 * Cancels a task while no daemon runs, by being the daemon for that moment: it gets its result and its events like any other.
 * A run that a killed daemon left is ended for good.
 */
export async function cancelOnFiles(paths: HomePaths, id: string): Promise<void> {
  await using disposer = new Disposer()
  const house = await houseOnFiles(paths, disposer)
  const { dispatcher } = house
  dispatcher.drain() // nothing is started, and a disk that refuses the result is not waited for
  const candidate = await candidateOf(id, paths, house)
  if (candidate) dispatcher.put(candidate)
  if (!(await dispatcher.cancel(id, undefined))) {
    throw new OrchestratorError('wrong_state', `${id} is neither queued nor running and waits for nothing, so it cannot be cancelled.`)
  }
  if (dispatcher.tally.interrupted > 0) throw new OrchestratorError('cannot_write', `The result of ${id} cannot be written.`)
}

async function candidateOf(id: string, paths: HomePaths, { rooms, dispatcher }: House): Promise<Candidate | undefined> {
  const { begun, parked } = await recover(rooms)
  for (const taskId of parked) dispatcher.parked.add(taskId)
  const interrupted = begun.find(({ taskId }) => taskId === id)
  if (interrupted) return interrupted
  const file = queuedFiles(paths, queuedNames(paths)).find((queued) => queued.id === id)
  const intake = file && (await takeIn({ name: file.name, modified: new Date(file.modified), since: new Date(file.modified) }, rooms))
  return intake?.kind === 'candidate' ? intake.candidate : undefined
}
