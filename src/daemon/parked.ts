import { unparkTask } from '../inbox/park.ts'
import { removeRecord } from '../inbox/records.ts'
import type { Rooms } from '../pipeline/rooms.ts'
import type { Candidate } from '../scheduler/candidate.ts'
import { begunRun } from './begun-run.ts'

/** The begun tasks that wait for answers: they lie in `tasks/waiting/` and hold no slot. */
export class Parked {
  readonly #rooms: Rooms
  readonly #ids = new Set<string>()
  readonly #moves = new Map<string, Promise<unknown>>()

  constructor(rooms: Rooms) {
    this.#rooms = rooms
  }

  get ids(): ReadonlySet<string> {
    return this.#ids
  }

  /** Whether one is on its way back at this moment. */
  get moving(): boolean {
    return this.#moves.size > 0
  }

  /** Takes note of a task that lies in `tasks/waiting/`. */
  add(taskId: string): void {
    this.#ids.add(taskId)
  }

  /** Moves a task back and hands it on, to go on. Throws where the disk refuses; it is then still parked. */
  async goOn(taskId: string, into: (candidate: Candidate) => void): Promise<void> {
    const move = async () => {
      const candidate = await this.takeOut(taskId)
      if (candidate) into(candidate)
    }
    const moved = move().finally(() => this.#moves.delete(taskId))
    this.#moves.set(
      taskId,
      moved.catch(() => undefined),
    )
    await moved
  }

  /** Settles when a task is not on its way back. */
  async moved(taskId: string): Promise<void> {
    await this.#moves.get(taskId)
  }

  /**
   * Moves a task back into `tasks/running/`; undefined where it is not parked, or where its file or its record was removed. Throws where
   * the disk refuses; it is then still parked.
   */
  async takeOut(taskId: string): Promise<Candidate | undefined> {
    if (!this.#ids.delete(taskId)) return undefined
    const { folders, log } = this.#rooms
    const record = await unparkTask(folders, taskId).catch((error: unknown) => {
      this.#ids.add(taskId)
      throw error
    })
    if (record) return begunRun(record, this.#rooms)
    log.warn('the file or the record of this run is gone from tasks/waiting/, so that it cannot go on', { task: taskId })
    removeRecord(folders, taskId)
    return undefined
  }
}
