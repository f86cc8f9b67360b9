import type { EventSource } from '../domain/events.ts'
import { ofNewest, type RunRecord } from '../domain/run.ts'
import type { InboxFolders } from '../inbox/folders.ts'
import { noteInRecord } from '../inbox/records.ts'
import { type CrashPoint, crashPoint } from '../lib/crash-point.ts'
import { identify } from '../lib/process-identity.ts'
import type { Dispatcher } from './dispatcher.ts'

/** Notes in the record of a run what a later start needs to go on with it: the process of its attempt or its verification, its session, and its cost. */
export function keepNotes(events: EventSource, dispatcher: Dispatcher, folders: InboxFolders): void {
  const note = (taskId: string, point: CrashPoint, change: (record: RunRecord) => RunRecord) => {
    const run = dispatcher.seats.of(taskId)?.run
    if (!run) return
    run.record = change(run.record)
    noteInRecord(folders, run.record)
    crashPoint(point)
  }
  events.onEvent((event) => {
    if (!('pid' in event) || !('task_id' in event) || event.pid === null) return
    const process = identify(event.pid)
    if (process) note(event.task_id, 'attempt.identified', (record) => ({ ...record, process }))
  })
  events.onProgress(({ task_id, activity, process }) => {
    if (process) note(task_id, 'verify.identified', (record) => ({ ...record, process }))
    if (activity.kind === 'session')
      note(task_id, 'attempt.session', (record) => ofNewest(record, (one) => ({ ...one, session_id: activity.sessionId })))
    if (activity.kind === 'cost')
      note(task_id, 'attempt.cost', (record) => ofNewest(record, (one) => ({ ...one, cost_usd: activity.costUsd })))
  })
}
