import type { StopReason } from '../domain/attempt.ts'
import { finish } from '../pipeline/finish.ts'
import { candidateOf } from '../pipeline/intake.ts'
import type { Rooms } from '../pipeline/rooms.ts'
import type { Run, RunEnd } from '../pipeline/run.ts'
import { putOff, runTask } from '../pipeline/run-task.ts'
import { takeUp } from '../pipeline/take-up.ts'
import type { Blocker, World } from '../scheduler/blockers.ts'
import type { Candidate } from '../scheduler/candidate.ts'
import { ReadyQueue } from '../scheduler/ready-queue.ts'
import { Dependencies } from './dependencies.ts'
import { isStorageError, StorageHold } from './storage-hold.ts'

/** A task that has a slot. */
export interface Seat {
  readonly candidate: Candidate
  readonly since: number
  /** Undefined while its file is being claimed. */
  run: Run | undefined
  stop: StopReason | undefined
}

/** How many runs ended how, since the start. */
export interface Tally {
  completed: number
  failed: number
  interrupted: number
}

/** Milliseconds until a run goes on whose record could not be written. */
const RECORD_RETRY_MS = 2_000

/** Gives slots to tasks: the slot picks the best ready task at the moment it starts. */
export class Dispatcher {
  readonly queue = new ReadyQueue()
  readonly seats = new Map<string, Seat>()
  readonly tally: Tally = { completed: 0, failed: 0, interrupted: 0 }
  readonly #rooms: Rooms
  readonly #onChange: () => void
  readonly #storage: StorageHold
  readonly #dependencies: Dependencies
  #open = false
  #paused = false
  #stopping: StopReason | undefined
  #draining = false
  #slots = 0
  #wake: NodeJS.Timeout | undefined

  /** `onChange` is told whenever something has ended or been added. */
  constructor(rooms: Rooms, onChange: () => void) {
    this.#rooms = rooms
    this.#onChange = onChange
    this.#storage = new StorageHold(rooms.log, () => this.kick())
    this.#dependencies = new Dependencies({ isPending: (id) => this.#isPending(id), status: (id) => rooms.results.status(id) })
  }

  /** Why nothing can be written at present; nothing is started meanwhile. */
  get storageProblem(): string | undefined {
    return this.#storage.problem
  }

  get paused(): boolean {
    return this.#paused
  }

  set paused(value: boolean) {
    this.#paused = value
    this.kick()
  }

  /** Whether a waiting task can start now, or will by itself in a moment: the rest waits for something else. */
  get comesSoon(): boolean {
    for (const { candidate, blocker } of this.explain()) {
      if (!blocker || (candidate.begun && blocker.kind === 'not_before') || blocker.kind === 'storage') return true
    }
    return false
  }

  /** Adds a task, or replaces the one of the same key; what is ready starts at the next kick. */
  put(candidate: Candidate): void {
    this.queue.put(candidate)
    this.#dependencies.forget()
  }

  withdraw(key: string): void {
    if (this.queue.remove(key)) this.kick()
  }

  /** From now on tasks are started: everything that was there at the start is in the queue, so that the first is the right one. */
  open(): void {
    this.#open = true
    this.kick()
  }

  /** Fills free slots; called after everything that may have made a task ready. */
  kick(): void {
    if (this.#open && !this.#draining) {
      while (this.#slots < this.#rooms.executor.capacity && this.queue.next(this.world())) this.#openSlot()
      this.#planWake()
    }
    this.#onChange()
  }

  /** Starts nothing more; what runs goes on. */
  drain(): void {
    this.#draining = true
    clearTimeout(this.#wake)
  }

  /** Ends what runs; the runs go on at the next start. */
  interrupt(): void {
    this.drain()
    this.#stopping = { cause: 'drain' }
    for (const seat of this.seats.values()) this.#stop(seat, this.#stopping)
  }

  /** Cancels a task that is queued or runs; false where it is neither. */
  async cancel(taskId: string, by: string | undefined): Promise<boolean> {
    const reason: StopReason = { cause: 'cancelled', ...(by !== undefined && { by }) }
    for (const seat of this.seats.values()) {
      if (idOf(seat) !== taskId) continue
      this.#stop(seat, reason)
      return true
    }
    const waiting = this.queue.find((candidate) => candidate.taskId === taskId)
    if (!waiting) return false
    this.queue.remove(waiting.key)
    await this.#serve(waiting, reason)
    return true
  }

  /** The run of a task that has a slot. */
  runOf(taskId: string): Run | undefined {
    for (const { run } of this.seats.values()) if (run?.record.task_id === taskId) return run
    return undefined
  }

  world(): World {
    return {
      now: Date.now(),
      paused: this.#paused,
      storageProblem: this.#storage.problem,
      uses: this.#uses(),
      dependency: (id) => this.#dependencies.state(id),
    }
  }

  /** Every waiting task with what keeps it from starting. */
  explain(): Iterable<{ readonly candidate: Candidate; readonly blocker: Blocker | undefined }> {
    return this.queue.explain(this.world())
  }

  #openSlot(): void {
    this.#slots++
    void this.#rooms.executor
      .slot(async () => {
        const candidate = this.#draining ? undefined : this.queue.next(this.world())
        if (!candidate) return
        this.queue.remove(candidate.key)
        await this.#serve(candidate, undefined)
      })
      .finally(() => {
        this.#slots--
        this.kick()
      })
  }

  async #serve(candidate: Candidate, stop: StopReason | undefined): Promise<void> {
    const seat: Seat = { candidate, since: Date.now(), run: undefined, stop }
    this.seats.set(candidate.key, seat)
    try {
      seat.run = await this.#takeUp(candidate)
      if (!seat.run) return
      if (seat.stop) seat.run.stop.abort(seat.stop)
      this.#settle(seat.run, candidate, await this.#run(seat.run, candidate))
    } catch (error) {
      this.#rooms.log.error('a run broke off; it goes on at the next start', { task: candidate.taskId, error })
      this.tally.interrupted++
    } finally {
      this.seats.delete(candidate.key)
      this.#dependencies.forget()
    }
  }

  /** Where the disk refuses the claim, the file still lies in the queue and is tried again. */
  async #takeUp(candidate: Candidate): Promise<Run | undefined> {
    try {
      return await takeUp(candidate, this.#rooms)
    } catch (error) {
      if (!isStorageError(error)) throw error
      this.#storage.refused(error)
      this.queue.put(candidate)
      return undefined
    }
  }

  async #run(run: Run, candidate: Candidate): Promise<RunEnd> {
    try {
      if (!run.stop.signal.aborted && this.#worksElsewhere(run, candidate)) return await putOff(run, this.#rooms)
      return await runTask(run, this.#rooms)
    } catch (error) {
      if (!isStorageError(error)) throw error
      const { ending } = run
      if (!ending) {
        this.#storage.refused(error)
        return { kind: 'again', at: Date.now() + RECORD_RETRY_MS }
      }
      const end = await this.#storage.untilWritten(
        () => finish(run, ending, this.#rooms),
        error,
        () => this.#draining,
      )
      return end ?? { kind: 'interrupted' }
    }
  }

  #settle(run: Run, candidate: Candidate, end: RunEnd): void {
    if (end.kind === 'again') this.#comeBack(run, candidate, end.at)
    else if (end.kind === 'interrupted') this.tally.interrupted++
    else if (end.completed) this.tally.completed++
    else this.tally.failed++
  }

  /** Whether the local model named a directory other than the one that is locked for it. */
  #worksElsewhere({ task }: Run, candidate: Candidate): boolean {
    const identity = { key: candidate.key, taskId: candidate.taskId, begun: candidate.begun }
    return candidateOf(task, identity, this.#rooms.config()).directory !== candidate.directory
  }

  /** A run that was begun goes back into the queue, to be gone on with at its time. */
  #comeBack(run: Run, candidate: Candidate, at?: number): void {
    const identity = { key: runKey(run.record.task_id), taskId: run.record.task_id, begun: true }
    this.queue.put({ ...candidateOf(run.task, identity, this.#rooms.config()), arrived: candidate.arrived, dependsOn: [], notBefore: at })
  }

  #stop(seat: Seat, reason: StopReason): void {
    seat.stop ??= reason
    seat.run?.stop.abort(seat.stop)
  }

  #uses(): World['uses'] {
    return [...this.seats.values()].flatMap(({ candidate, run }) =>
      candidate.directory === undefined
        ? []
        : [{ path: candidate.directory, writes: candidate.writes, by: run?.record.task_id ?? candidate.taskId }],
    )
  }

  #isPending(id: string): boolean {
    if (this.queue.find((candidate) => candidate.taskId === id)) return true
    return [...this.seats.values()].some((seat) => idOf(seat) === id)
  }

  #planWake(): void {
    clearTimeout(this.#wake)
    const now = Date.now()
    const next = this.queue.nextWake(now)
    if (next === undefined) return
    this.#wake = setTimeout(() => this.kick(), Math.min(next - now + 1, 2 ** 31 - 1))
    this.#wake.unref()
  }
}

/** The key in the queue of a run that was begun. */
export function runKey(taskId: string): string {
  return `running/${taskId}`
}

/** The id of a task that has a slot: final once its file is claimed. */
export function idOf(seat: Seat): string {
  return seat.run?.record.task_id ?? seat.candidate.taskId
}
