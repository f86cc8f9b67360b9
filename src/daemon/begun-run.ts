import type { RunRecord } from '../domain/run.ts'
import { committedUsd } from '../domain/set-aside.ts'
import { readClaimed } from '../inbox/claim.ts'
import { candidateOf } from '../pipeline/intake.ts'
import { inConversation } from '../pipeline/resume.ts'
import type { Rooms } from '../pipeline/rooms.ts'
import type { Run } from '../pipeline/run.ts'
import type { Candidate } from '../scheduler/candidate.ts'
import { plannedTime } from '../scheduler/retry-policy.ts'
import { parseTask } from '../task-file/parse.ts'

/** The candidate of a run whose file lies in `tasks/running/`. A file that cannot be read any more goes first and is turned away when it is taken up. */
export function begunRun(record: RunRecord, rooms: Rooms): Candidate {
  const identity = { ...identityOf(record), arrived: Date.parse(record.queued), dependsOn: [] }
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

/** The candidate of a run that has just had a turn as another one, and goes on at a time; milliseconds since the epoch. */
export function begunAgain({ task, record }: Run, { arrived }: Candidate, at: number, rooms: Rooms): Candidate {
  const candidate = candidateOf(task, identityOf(record), rooms.config(), committedUsd(record))
  return { ...candidate, arrived, dependsOn: [], notBefore: at }
}

function identityOf({ task_id }: RunRecord): Pick<Candidate, 'key' | 'taskId' | 'begun'> {
  return { key: `running/${task_id}`, taskId: task_id, begun: true }
}
