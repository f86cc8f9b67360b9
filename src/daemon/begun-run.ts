import type { RunRecord } from '../domain/run.ts'
import { committedUsd } from '../domain/set-aside.ts'
import { readClaimed } from '../inbox/claim.ts'
import { candidateOf } from '../pipeline/intake.ts'
import { inConversation } from '../pipeline/resume.ts'
import type { Rooms } from '../pipeline/rooms.ts'
import type { Candidate } from '../scheduler/candidate.ts'
import { plannedTime } from '../scheduler/retry-policy.ts'
import { parseTask } from '../task-file/parse.ts'

/** The key in the queue of a run that was begun. */
export function runKey(taskId: string): string {
  return `running/${taskId}`
}

/** The candidate of a run whose file lies in `tasks/running/`. A file that cannot be read any more goes first and is turned away when it is taken up. */
export function begunRun(record: RunRecord, rooms: Rooms): Candidate {
  const identity = { key: runKey(record.task_id), taskId: record.task_id, begun: true, arrived: Date.parse(record.queued), dependsOn: [] }
  const { bytes, modified } = readClaimed(rooms.folders, record.task_id)
  const parsed = parseTask({ bytes, file: record.file, modified })
  if (!parsed.ok)
    return {
      ...identity,
      priority: 'high',
      created: 0,
      notBefore: undefined,
      directory: undefined,
      writes: false,
      agent: '',
      wantsUsd: undefined,
    }
  const next = record.next_attempt === null ? undefined : plannedTime(Date.parse(record.next_attempt), Date.now())
  const task = inConversation(parsed.task, rooms.results.read)
  return { ...candidateOf(task, identity, rooms.config(), committedUsd(record)), ...identity, notBefore: next }
}
