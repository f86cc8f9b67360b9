import { failure } from '../domain/errors.ts'
import { dropStrayNote } from '../inbox/requeue.ts'
import type { Arrival, InboxListener } from '../inbox/watch.ts'
import { Glance } from '../pipeline/glance.ts'
import { takeIn, turnAway } from '../pipeline/intake.ts'
import type { Rooms } from '../pipeline/rooms.ts'
import type { Candidate } from '../scheduler/candidate.ts'
import { circleOf } from '../scheduler/circles.ts'
import type { Dispatcher } from './dispatcher.ts'

/** Milliseconds until a file is read again that could not be dealt with. */
const AGAIN_MS = 5_000

/** Carries what arrives in `tasks/` to the dispatcher. What is a task is put there at once; all else waits its turn, one file at a time. */
export class Feed implements InboxListener {
  #pending = 0
  readonly #stuck = new Set<string>()
  #last: Promise<void> = Promise.resolve()
  readonly #rooms: Rooms
  readonly #glance: Glance
  readonly #dispatcher: Dispatcher
  readonly #only: string | undefined

  /** With `only`, every other file stays where it is. */
  constructor(rooms: Rooms, dispatcher: Dispatcher, only: string | undefined) {
    this.#rooms = rooms
    this.#glance = new Glance(rooms)
    this.#dispatcher = dispatcher
    this.#only = only
  }

  /** Files that could not be dealt with so far. */
  get stuck(): number {
    return this.#stuck.size
  }

  /** Whether everything that has arrived is dealt with. */
  get quiet(): boolean {
    return this.#pending === 0
  }

  /** Settles when everything that has arrived so far is dealt with. */
  settled(): Promise<void> {
    return this.#last
  }

  arrived(file: Arrival): void {
    if (!this.#isOurs(file.name)) return
    const candidate = this.#glance.candidate(file)
    if (candidate?.dependsOn.length === 0) {
      this.#stuck.delete(file.name)
      this.#dispatcher.put(candidate)
    } else this.#then(() => this.#read(file), file.name)
  }

  /** Files that came together are all read before the first of them is chosen. */
  looked(): void {
    this.#glance.done()
    this.#dispatcher.kick()
  }

  gone(name: string): void {
    this.#stuck.delete(name)
    dropStrayNote(this.#rooms.folders, name)
    this.#dispatcher.withdraw(name)
  }

  odd(name: string, what: string): void {
    if (!this.#isOurs(name)) return
    const reason = failure('not_a_file', `The entry is ${what}.`)
    this.#then(async () => {
      await turnAway(name, { code: reason.code, message: reason.message, hint: reason.hint }, this.#rooms)
    }, name)
  }

  problem(message: string): void {
    this.#rooms.log.warn(message)
  }

  async #read(file: Arrival): Promise<void> {
    const intake = await takeIn(file, this.#rooms)
    if (intake.kind === 'candidate') {
      this.#dispatcher.put(intake.candidate)
      await this.#breakCircle(intake.candidate)
    } else if (intake.kind === 'rejected') this.#dispatcher.withdraw(file.name)
  }

  /** Tasks that wait for each other would wait for ever: all of them are rejected, with the circle named. */
  async #breakCircle(candidate: Candidate): Promise<void> {
    if (candidate.dependsOn.length === 0) return
    const { queue } = this.#dispatcher
    const circle = circleOf(candidate, (id) => queue.find((one) => one.taskId === id && !one.begun))
    if (!circle) return
    const names = [...circle, candidate].map(({ taskId }) => taskId).join(' → ')
    const { code, message, hint } = failure('dependency_circle', `The tasks wait for each other: ${names}.`)
    for (const { key } of circle) {
      this.#dispatcher.withdraw(key)
      await turnAway(key, { code, message, hint }, this.#rooms)
    }
  }

  #isOurs(name: string): boolean {
    return this.#only === undefined || this.#only === name
  }

  /** What cannot be dealt with now, on a full disk say, is tried again later. */
  #then(work: () => Promise<void>, name: string): void {
    this.#pending++
    this.#last = this.#last
      .then(work)
      .then(() => void this.#stuck.delete(name))
      .catch((error: unknown) => {
        this.#stuck.add(name)
        this.#rooms.log.error('a file in tasks/ cannot be dealt with; trying again', { file: name, error })
        setTimeout(() => this.#then(work, name), AGAIN_MS).unref()
      })
      .finally(() => {
        this.#pending--
        if (this.#pending === 0) this.#dispatcher.kick()
      })
  }
}
