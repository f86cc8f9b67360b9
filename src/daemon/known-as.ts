import { idToBe } from '../inbox/ids.ts'
import type { Rooms } from '../pipeline/rooms.ts'
import type { ResultStore } from '../results/write.ts'
import type { Candidate } from '../scheduler/candidate.ts'

/** An id of so many characters may have lost some of its own to its number. */
const MAX_ID = 100

/** Where it is looked up whether an id was used. */
export type Register = Pick<Rooms, 'folders'> & { readonly results: Pick<ResultStore, 'exists'> }

/** The id by which a waiting task is known: its own once it has begun, before that the one that it will run under. */
export function knownAs({ begun, key, taskId }: Candidate, { folders, results }: Register): string {
  return begun ? taskId : idToBe(folders, { name: key, wanted: taskId }, results.exists)
}

/** Whether a waiting task is known by an id; nearly all others can be told apart without a look at the disk. */
export function isKnownAs(candidate: Candidate, id: string, register: Register): boolean {
  const stem = id.replace(/-\d+$/, '')
  const isNear = [id, stem].includes(candidate.taskId) || (id.length === MAX_ID && candidate.taskId.startsWith(stem))
  return isNear && knownAs(candidate, register) === id
}
