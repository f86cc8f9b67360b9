import { setTimeout as pause } from 'node:timers/promises'
import { cancelledBy } from '../domain/attempt.ts'
import { failure, OrchestratorError } from '../domain/errors.ts'
import type { Rooms } from '../pipeline/rooms.ts'
import { stopReason, type Tried } from '../pipeline/run.ts'
import { grant } from '../scheduler/budgets.ts'
import type { Candidate } from '../scheduler/candidate.ts'
import { ReadyQueue } from '../scheduler/ready-queue.ts'
import { type Accounts, settleAccounts } from './accounts.ts'
import { isKnownAs } from './known-as.ts'
import { Parked } from './parked.ts'
import { Readiness } from './readiness.ts'
import { idOf, type Seat, Seats } from './seats.ts'
import { StorageHold } from './storage-hold.ts'
import { type Terms, type TurnEnd, takeTurn } from './turn.ts'
import { WakeTimer } from './wake-timer.ts'

/** How many runs ended how, since the start. */
export interface Tally {
  completed: number
  failed: number
  cancelled: number
  interrupted: number
}

/** What the dispatcher remembers over restarts, and whom it tells. */
export interface Memory extends Accounts {
  /** Told whenever something has ended or been added. */
  onChange(): void
  /** Told of a task that waits for answers now. */
  onParked(taskId: string): void
  /** When a parked task goes on by itself, in milliseconds since the epoch. */
  nextDeadline(): number | undefined
}

const AFTER_FAULT_MS = 1_000

/** What goes on within so many milliseconds is waited for even by a daemon that only drains the inbox. */
const SOON_MS = 60_000

/**
 * Gives slots to tasks: the slot picks the best ready task at the moment it starts, and gives it a turn. After that the task is through,
 * or it waits again: in the queue for its next turn, or parked for an answer.
 */
export class Dispatcher {
  readonly queue = new ReadyQueue()
  readonly seats = new Seats()
  readonly parked: Parked
  readonly tally: Tally = { completed: 0, failed: 0, cancelled: 0, interrupted: 0 }
  readonly #rooms: Rooms
  readonly #memory: Memory
  readonly #storage: StorageHold
  readonly #readiness: Readiness
  readonly #drain = new AbortController()
  readonly #wake = new WakeTimer(() => this.kick())
  #open = false
  #slots = 0

  constructor(rooms: Rooms, memory: Memory) {
    const { holds, spending } = memory
    const { queue, seats } = this
    const parked = new Parked(rooms)
    const storage = new StorageHold(rooms.log, () => this.kick())
    this.parked = parked
    this.#rooms = rooms
    this.#memory = memory
    this.#storage = storage
    this.#readiness = new Readiness({ rooms, queue, seats, parked, storage, holds, spending })
  }

  /** Aborted when nothing more is started. */
  get draining(): AbortSignal {
    return this.#drain.signal
  }

  /** Why nothing can be written at present; nothing is started meanwhile. */
  get storageProblem(): string | undefined {
    return this.#storage.problem
  }

  get paused(): boolean {
    return this.#readiness.paused
  }

  set paused(value: boolean) {
    this.#readiness.paused = value
    this.kick()
  }

  /** Every waiting task with what keeps it from starting. */
  explain(): ReturnType<Readiness['explain']> {
    return this.#readiness.explain()
  }

  /** Whether a task goes on now, or will by itself in a moment: the rest waits for something else. */
  get comesSoon(): boolean {
    const deadline = this.#memory.nextDeadline() ?? Number.POSITIVE_INFINITY
    return this.parked.moving || deadline < Date.now() + SOON_MS || this.#readiness.comesWithin(SOON_MS)
  }

  /** Adds a task, or replaces the one of the same key; what is ready starts at the next kick. */
  put(candidate: Candidate): void {
    this.queue.put(candidate)
    this.#readiness.renew()
  }

  withdraw(key: string): void {
    if (!this.queue.remove(key)) return
    this.#readiness.renew()
    this.kick()
  }

  /** From now on tasks are started: everything that was there at the start is in the queue, so that the first is the right one. */
  open(): void {
    this.#open = true
    this.kick()
  }

  /** Starts nothing more; what runs goes on. */
  drain(): void {
    this.#drain.abort()
    this.#wake.stop()
  }

  /** Ends what runs; the runs go on at the next start. */
  interrupt(): void {
    this.drain()
    for (const seat of this.seats.all()) Seats.stop(seat, { cause: 'drain' })
  }

  /** Fills free slots; called after everything that may have made a task ready. */
  kick(): void {
    if (this.#open && !this.draining.aborted) {
      for (const { candidate, verdict } of this.#readiness.doomed())
        void this.#unbroken(this.#serve(candidate, { verdict })).then(() => this.kick())
      const world = this.#readiness.world()
      while (this.#slots < this.#rooms.executor.capacity && this.queue.next(world)) this.#openSlot()
      const now = Date.now()
      this.#wake.plan(this.#readiness.changes(now), now)
    }
    this.#memory.onChange()
  }

  #openSlot(): void {
    this.#slots++
    const slot = this.#rooms.executor.slot(async () => {
      await this.#rooms.latestConfig() // an edit holds for a task that came right after it
      const world = this.#readiness.world()
      const candidate = this.draining.aborted ? undefined : this.queue.next(world)
      if (candidate) await this.#serve(candidate, { allowanceUsd: world.budget && grant(world.budget, candidate.wantsUsd) })
    })
    void this.#unbroken(slot).then(() => {
      this.#slots--
      this.kick()
    })
  }

  /** No fault of ours ends the daemon, or keeps it busy with nothing else. */
  async #unbroken(work: Promise<void>): Promise<void> {
    try {
      await work
    } catch (error) {
      this.#rooms.log.error('a task could not be served', { error })
      await pause(AFTER_FAULT_MS, undefined, { ref: false })
    }
  }

  /** Takes a task out of the queue and gives it a seat for one turn. */
  async #serve(candidate: Candidate, terms: Terms): Promise<void> {
    const { holds, spending } = this.#memory
    this.queue.remove(candidate.key)
    const seat = this.seats.take(candidate)
    if (terms.allowanceUsd !== undefined) spending.setAside(candidate.key, terms.allowanceUsd, new Date())
    const onTried = (tried: Tried) => {
      settleAccounts(seat, tried, this.#memory)
      if (tried.verifies) this.kick() // else its slot is free in a moment, and the best of all tasks may start
    }
    const end = await takeTurn(seat, terms, { rooms: this.#rooms, holds, storage: this.#storage, draining: this.draining, onTried })
    this.#settle(seat, end)
    spending.spent(candidate.key, 0, new Date())
    this.seats.leave(seat)
    this.#readiness.renew()
    if (end.kind === 'parked') await this.#leaveParked(seat)
  }

  #settle(seat: Seat, end: TurnEnd): void {
    if (end.kind === 'back') this.queue.put(end.candidate)
    else if (end.kind === 'parked') this.parked.add(idOf(seat))
    else if (end.kind === 'interrupted') this.tally.interrupted++
    else if (end.kind === 'done') this.tally[end.status]++
  }

  /** A task that was cancelled while it was being parked does not wait. */
  async #leaveParked(seat: Seat): Promise<void> {
    const stopped = stopReason(seat)
    if (stopped?.cause === 'cancelled') await this.cancel(idOf(seat), stopped.by)
    else this.park(idOf(seat))
  }

  /** Leaves a task in `tasks/waiting/` until its questions are answered. */
  park(taskId: string): void {
    this.parked.add(taskId)
    this.#readiness.renew()
    this.#memory.onParked(taskId)
  }

  /** Puts a parked task back into the queue. Throws where the disk refuses; it is then still parked. */
  async goOn(taskId: string): Promise<void> {
    if (!this.parked.ids.has(taskId)) return
    await this.parked.goOn(taskId, (candidate) => this.put(candidate))
    this.kick()
  }

  /** Cancels a task that is queued, runs or waits for an answer; false where it does none of that. */
  async cancel(taskId: string, by: string | undefined): Promise<boolean> {
    await this.parked.moved(taskId)
    const seat = this.seats.of(taskId)
    if (seat) {
      Seats.stop(seat, { cause: 'cancelled', ...(by !== undefined && { by }) })
      return true
    }
    const waiting = this.queue.find((candidate) => isKnownAs(candidate, taskId, this.#rooms)) ?? (await this.parked.takeOut(taskId))
    if (!waiting) return false
    await this.#serve(waiting, { verdict: failure('cancelled', cancelledBy(by)) })
    this.kick()
    if (this.#readiness.isPending(taskId) || this.queue.find(({ key }) => key === waiting.key)) {
      throw new OrchestratorError('cannot_write', `${taskId} cannot be moved: ${this.#storage.problem}`)
    }
    return true
  }
}
