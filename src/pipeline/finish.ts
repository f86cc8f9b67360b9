import { relative, sep } from 'node:path'
import { archiveTask } from '../inbox/archive.ts'
import { removeRecord } from '../inbox/records.ts'
import { crashPoint } from '../lib/crash-point.ts'
import { isStorageError } from '../lib/storage-error.ts'
import { accountFor, bareFinal } from './account.ts'
import type { Rooms } from './rooms.ts'
import { type Ending, type Final, type Run, type RunEnd, subjectOf } from './run.ts'

/**
 * Gives a run its one final result: summary, result, then the archive, each safe before the next. Goes on where the disk refused, which it
 * rejects with; whatever else goes wrong, the run has ended and has a result.
 */
export async function finish(run: Run, ending: Ending, rooms: Rooms): Promise<RunEnd> {
  run.final ??= await accountFor(run, ending, rooms)
  if (!run.final.isWritten) {
    try {
      await writeDown(run.final, run, rooms)
    } catch (error) {
      if (isStorageError(error) || run.final.isBare) throw error
      rooms.log.error('a result cannot be written; what is left of it is', { task: run.record.task_id, error })
      run.final = bareFinal(run, run.final, error, rooms)
      await writeDown(run.final, run, rooms)
    }
  }
  await archive(run, run.final, rooms)
  return { kind: 'done', status: run.final.result.status }
}

/** A file that cannot be moved for another reason than the disk stays where it is: its result says that it has ended, and the next start moves it. */
async function archive(run: Run, { result }: Final, { bus, folders, log }: Rooms): Promise<void> {
  try {
    const to = await archiveTask(folders, result.task_id, result.status)
    bus.event({ event: 'task_archived', status: result.status, code: result.failure?.code ?? null, to, ...subjectOf(run) })
    crashPoint('archive.told')
    removeRecord(folders, result.task_id)
  } catch (error) {
    if (isStorageError(error)) throw error
    log.error('a task that has ended cannot be archived; the next start does it', { task: result.task_id, error })
  }
}

async function writeDown(final: Final, run: Run, { bus, results, config }: Rooms): Promise<void> {
  const written = await results.write(final.result, final.summary, final.isBare)
  final.isWritten = true
  crashPoint('result.written')
  const { home } = config()
  bus.event({ event: 'artifacts_written', result: within(home, written.result), summary: within(home, written.summary), ...subjectOf(run) })
}

/** A path as it reads from the home, with slashes on every system. */
function within(home: string, path: string): string {
  return relative(home, path).replaceAll(sep, '/')
}
