import type { Config } from '../config/schema.ts'
import type { RunRecord } from '../domain/run.ts'
import { committedUsd } from '../domain/set-aside.ts'
import type { Task } from '../domain/task.ts'
import { readClaimed } from '../inbox/claim.ts'
import { candidateOf } from '../pipeline/intake.ts'
import { inConversation } from '../pipeline/resume.ts'
import type { Sight } from '../pipeline/rooms.ts'
import { parseClaimed } from '../pipeline/take-up.ts'
import type { Candidate } from '../scheduler/candidate.ts'
import { plannedTime } from '../scheduler/retry-policy.ts'

/** The candidate of a run whose file lies in `tasks/running/`. A file that cannot be read any more goes first and is turned away when it is taken up. */
export function begunRun(record: RunRecord, rooms: Sight): Candidate {
  const parsed = parseClaimed(readClaimed(rooms.folders, record.task_id), record.file)
  if (!parsed.ok) return unreadRun(record)
  const next = record.next_attempt === null ? undefined : plannedTime(Date.parse(record.next_attempt), Date.now())
  const task = inConversation(parsed.task, rooms.results.read)
  return { ...begunCandidate(task, record, rooms.config()), notBefore: next }
}

/** The candidate of a run whose file says nothing: its turn finds out what becomes of it. */
export function unreadRun(record: RunRecord): Candidate {
  const unknown = { notBefore: undefined, directory: undefined, agent: undefined, wantsUsd: undefined }
  return { ...identityOf(record), ...unknown, dependsOn: [], priority: 'high', created: 0, writes: false }
}

/** What the queue needs to know of a run that was begun; it depends on nothing any more, and where only its work is to be judged it needs no agent. */
export function begunCandidate(task: Task, record: RunRecord, config: Config): Candidate {
  const candidate = { ...candidateOf(task, identityOf(record), config, committedUsd(record)), dependsOn: [] }
  return record.worked ? { ...candidate, directory: record.worked.cwd, agent: undefined, wantsUsd: 0 } : candidate
}

/** By what a begun run is known in the queue. */
export function identityOf({ task_id: taskId, queued }: RunRecord): Pick<Candidate, 'key' | 'taskId' | 'begun' | 'arrived'> {
  return { key: `running/${taskId}`, taskId, begun: true, arrived: Date.parse(queued) }
}
