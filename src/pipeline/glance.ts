import { sep } from 'node:path'
import type { Config } from '../config/schema.ts'
import { readTaskFile } from '../inbox/read.ts'
import { keptId } from '../inbox/requeue.ts'
import type { Arrival } from '../inbox/watch.ts'
import type { Candidate } from '../scheduler/candidate.ts'
import { readHead } from '../task-file/head.ts'
import { candidateOf, identityOf, realDirectory } from './intake.ts'
import { inConversation } from './resume.ts'
import type { Sight } from './rooms.ts'

/** Larger task files are rare, and read by themselves. */
const SCRATCH_BYTES = 64 * 1024

/** A look at files that arrive, no closer than their order needs: a backlog of many thousands is read at every start. */
export class Glance {
  readonly #rooms: Sight
  readonly #scratch = Buffer.allocUnsafeSlow(SCRATCH_BYTES)
  readonly #directories = new Map<string | undefined, string | undefined>()
  #config: Config | undefined

  constructor(rooms: Sight) {
    this.#rooms = rooms
  }

  /** The candidate that a file is; undefined where it takes more than a glance to know what to do with it. */
  candidate({ name, modified, since, unnoted }: Arrival): Candidate | undefined {
    const { folders } = this.#rooms
    try {
      const read = readTaskFile(folders.tasks + sep + name, this.#scratch)
      if (read.kind !== 'bytes') return undefined
      const head = readHead(read.bytes, name, modified)
      if (!head.ok) return undefined
      const taskId = (unnoted ? undefined : keptId(folders, name)) ?? head.task.id
      const task = inConversation(head.task, this.#rooms.results.read)
      return candidateOf(task, identityOf(name, taskId, since), this.#rooms.config(), 0, this.#directoryOf)
    } catch {
      return undefined // whoever looks closer meets the fault again, and says so
    }
  }

  /** Forgets where directories are; called when those that came together have all been looked at. */
  done(): void {
    this.#directories.clear()
  }

  readonly #directoryOf = (config: Config, cwd: string | undefined): string | undefined => {
    if (config !== this.#config) this.#directories.clear()
    this.#config = config
    if (!this.#directories.has(cwd)) this.#directories.set(cwd, realDirectory(config, cwd))
    return this.#directories.get(cwd)
  }
}
