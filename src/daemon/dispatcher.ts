import { cancelledBy } from '../domain/attempt.ts'
import { type Failure, failure, OrchestratorError } from '../domain/errors.ts'
import { committedUsd } from '../domain/set-aside.ts'
import { unparkTask } from '../inbox/park.ts'
import { removeRecord } from '../inbox/records.ts'
import { finish } from '../pipeline/finish.ts'
import { candidateOf } from '../pipeline/intake.ts'
import type { Rooms } from '../pipeline/rooms.ts'
import { type Run, type RunEnd, stopReason } from '../pipeline/run.ts'
import { putOff, runTask } from '../pipeline/run-task.ts'
import { takeUp } from '../pipeline/take-up.ts'
import type { Blocker, World } from '../scheduler/blockers.ts'
import { grant } from '../scheduler/budgets.ts'
import type { Candidate } from '../scheduler/candidate.ts'
import { endsSoon } from '../scheduler/holds.ts'
import { ReadyQueue } from '../scheduler/ready-queue.ts'
import { type Accounts, settleAccounts } from './accounts.ts'
import { begunRun, runKey } from './begun-run.ts'
import { Dependencies } from './dependencies.ts'
import { type Seat, Seats } from './seats.ts'
import { isStorageError, StorageHold } from './storage-hold.ts'
import { WakeTimer } from './wake-timer.ts'

/** How many runs ended how, since the start. */
export interface Tally {
  completed: number
  failed: number
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

/** Milliseconds until a run goes on whose record could not be written. */
const RECORD_RETRY_MS = 2_000
/** A hold that ends within so many milliseconds is waited for even by a daemon that only drains the inbox. */
const SOON_MS = 60_000

/** Gives slots to tasks: the slot picks the best ready task at the moment it starts. */
export class Dispatcher {
  readonly queue = new ReadyQueue()
  readonly seats = new Seats()
  readonly tally: Tally = { completed: 0, failed: 0, interrupted: 0 }
  /** Ids of begun tasks that wait for answers and hold no slot. */
  readonly parked = new Set<string>()
  readonly #moving = new Map<string, Promise<unknown>>()
  readonly #drain = new AbortController()
  readonly #rooms: Rooms
  readonly #memory: Memory
  readonly #storage: StorageHold
  readonly #dependencies: Dependencies
  #open = false
  #paused = false
  #slots = 0
  readonly #wake = new WakeTimer(() => this.kick())

  constructor(rooms: Rooms, memory: Memory) {
    this.#rooms = rooms
    this.#memory = memory
    this.#storage = new StorageHold(rooms.log, () => this.kick())
    this.#dependencies = new Dependencies({ isPending: (id) => this.#isPending(id), status: (id) => rooms.results.status(id) })
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
    return this.#paused
  }

  set paused(value: boolean) {
    this.#paused = value
    this.kick()
  }

  /** Whether a waiting task can start now, or will by itself in a moment: the rest waits for something else. */
  get comesSoon(): boolean {
    const now = Date.now()
    if (this.#moving.size > 0 || (this.#memory.nextDeadline() ?? Number.POSITIVE_INFINITY) < now + SOON_MS) return true
    for (const { candidate, blocker } of this.explain()) {
      if (!blocker || blocker.kind === 'storage' || (candidate.begun && blocker.kind === 'not_before')) return true
      if (blocker.kind === 'hold' && endsSoon(blocker.hold, now, SOON_MS)) return true
    }
    return false
  }

  /** Adds a task, or replaces the one of the same key; what is ready starts at the next kick. */
  put(candidate: Candidate): void {
    this.queue.put(candidate)
    this.#dependencies.forget()
  }

  withdraw(key: string): void {
    if (!this.queue.remove(key)) return
    this.#dependencies.forget()
    this.kick()
  }

  /** From now on tasks are started: everything that was there at the start is in the queue, so that the first is the right one. */
  open(): void {
    this.#open = true
    this.kick()
  }

  /** Fills free slots; called after everything that may have made a task ready. */
  kick(): void {
    if (this.#open && !this.draining.aborted) {
      this.#failDependants()
      const world = this.world()
      while (this.#slots < this.#rooms.executor.capacity && this.queue.next(world)) this.#openSlot()
      this.#planWake()
    }
    this.#memory.onChange()
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

  /** Leaves a task in `tasks/waiting/` until its questions are answered. */
  park(taskId: string): void {
    this.parked.add(taskId)
    this.#dependencies.forget()
    this.#memory.onParked(taskId)
  }

  /** Puts a parked task back into the queue. Throws where the disk refuses; it is then still parked. */
  async goOn(taskId: string): Promise<void> {
    const move = async () => {
      const candidate = await this.#unpark(taskId)
      if (candidate) this.put(candidate)
    }
    if (!this.parked.has(taskId)) return
    const moved = move().finally(() => this.#moving.delete(taskId))
    this.#moving.set(
      taskId,
      moved.catch(() => undefined),
    )
    await moved
    this.kick()
  }

  /** Cancels a task that is queued, runs or waits for an answer; false where it does none of that. */
  async cancel(taskId: string, by: string | undefined): Promise<boolean> {
    await this.#moving.get(taskId)
    const seat = this.seats.of(taskId)
    if (seat) {
      Seats.stop(seat, { cause: 'cancelled', ...(by !== undefined && { by }) })
      return true
    }
    const waiting = this.queue.find((candidate) => candidate.taskId === taskId) ?? (await this.#unpark(taskId))
    if (!waiting) return false
    this.queue.remove(waiting.key)
    await this.#serve(waiting, failure('cancelled', cancelledBy(by)))
    this.kick()
    if (this.#isPending(taskId)) throw new OrchestratorError('cannot_write', `${taskId} cannot be moved: ${this.#storage.problem}`)
    return true
  }

  /** All that readiness depends on, at this moment. */
  world(): World {
    const { DAILY_BUDGET_USD: limit } = this.#rooms.config().settings
    const free = this.#rooms.executor.capacity - this.seats.size
    return {
      now: Date.now(),
      paused: this.#paused,
      storageProblem: this.#storage.problem,
      busy: this.seats.busy(),
      budget: limit === undefined ? undefined : this.#memory.spending.budget(limit, free, new Date()),
      dependency: (id) => this.#dependencies.state(id),
      hold: (agent) => this.#memory.holds.of(agent),
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
        const world = this.world()
        const candidate = this.draining.aborted ? undefined : this.queue.next(world)
        if (!candidate) return
        this.queue.remove(candidate.key)
        await this.#serve(candidate, undefined, world.budget && grant(world.budget, candidate.wantsUsd))
      })
      .finally(() => {
        this.#slots--
        this.kick()
      })
  }

  /** Takes a task up and brings it on by one attempt, or ends it with a verdict. */
  async #serve(candidate: Candidate, verdict: Failure | undefined, allowanceUsd?: number): Promise<void> {
    const seat = this.seats.take(candidate)
    if (allowanceUsd !== undefined) this.#memory.spending.setAside(candidate.key, allowanceUsd, new Date())
    try {
      seat.run = await this.#takeUp(seat)
      if (!seat.run) return
      Object.assign(seat.run, { verdict, allowanceUsd, isProbe: this.#memory.holds.of(candidate.agent) !== undefined })
      this.#settle(seat.run, candidate, await this.#run(seat.run, candidate))
    } catch (error) {
      this.#rooms.log.error('a run broke off; it goes on at the next start', { task: candidate.taskId, error })
      this.tally.interrupted++
    } finally {
      settleAccounts(seat, this.#memory)
      this.seats.leave(seat)
      this.#dependencies.forget()
    }
    if (seat.run && this.parked.has(seat.run.record.task_id)) await this.#leaveParked(seat.run)
  }

  /** A task that was cancelled while it was being parked does not wait. */
  async #leaveParked(run: Run): Promise<void> {
    const stopped = stopReason(run)
    if (stopped?.cause === 'cancelled') await this.cancel(run.record.task_id, stopped.by)
    else this.park(run.record.task_id)
  }

  /** The candidate of a parked task, whose file lies in `tasks/running/` again; undefined where there is none, or its file was removed. */
  async #unpark(taskId: string): Promise<Candidate | undefined> {
    if (!this.parked.delete(taskId)) return undefined
    const { folders, log } = this.#rooms
    const record = await unparkTask(folders, taskId).catch((error: unknown) => {
      this.parked.add(taskId)
      throw error
    })
    if (record) return begunRun(record, this.#rooms)
    log.warn('the file or the record of this run is gone from tasks/waiting/, so that it cannot go on', { task: taskId })
    removeRecord(folders, taskId)
    return undefined
  }

  /** Where the disk refuses the claim, the file still lies in the queue and is tried again. */
  async #takeUp({ candidate, stop }: Seat): Promise<Run | undefined> {
    try {
      return await takeUp(candidate, stop, this.#rooms)
    } catch (error) {
      if (!isStorageError(error)) throw error
      this.#storage.refused(error)
      this.queue.put(candidate)
      return undefined
    }
  }

  async #run(run: Run, candidate: Candidate): Promise<RunEnd> {
    try {
      if (!run.verdict && !run.stop.signal.aborted && this.#worksElsewhere(run, candidate)) return await putOff(run, this.#rooms)
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
        () => this.draining.aborted,
      )
      return end ?? { kind: 'interrupted' }
    }
  }

  #settle(run: Run, candidate: Candidate, end: RunEnd): void {
    if (end.kind === 'again') this.#comeBack(run, candidate, end.at)
    else if (end.kind === 'parked') this.parked.add(run.record.task_id)
    else if (end.kind === 'interrupted') this.tally.interrupted++
    else if (end.completed) this.tally.completed++
    else this.tally.failed++
  }

  /** Whether the local model named a directory other than the one that is locked for it. */
  #worksElsewhere({ task }: Run, candidate: Candidate): boolean {
    return candidateOf(task, candidate, this.#rooms.config()).directory !== candidate.directory
  }

  /** A run that was begun goes back into the queue, to be gone on with at its time. */
  #comeBack({ task, record }: Run, { arrived }: Candidate, at: number): void {
    const identity = { key: runKey(record.task_id), taskId: record.task_id, begun: true }
    const candidate = candidateOf(task, identity, this.#rooms.config(), committedUsd(record))
    this.queue.put({ ...candidate, arrived, dependsOn: [], notBefore: at })
  }

  /** A task that depends on one that failed fails too, and says so. */
  #failDependants(): void {
    if (this.#storage.problem !== undefined) return
    const failed = (id: string) => this.#dependencies.state(id) === 'failed'
    for (let dependant = this.#nextDependant(failed); dependant; dependant = this.#nextDependant(failed)) {
      this.queue.remove(dependant.key)
      const cause = dependant.dependsOn.find(failed) ?? ''
      void this.#serve(dependant, failure('dependency_failed', `${cause}, which this task depends on, has failed.`)).then(() => this.kick())
    }
  }

  #nextDependant(failed: (id: string) => boolean): Candidate | undefined {
    return this.queue.dependants().find(({ dependsOn }) => dependsOn.some(failed))
  }

  #isPending(id: string): boolean {
    return this.seats.of(id) !== undefined || this.parked.has(id) || this.queue.find((candidate) => candidate.taskId === id) !== undefined
  }

  /** Comes back when the next start time, hold or day passes. */
  #planWake(): void {
    const now = Date.now()
    const holds = this.#memory.holds.all().map(({ until }) => until)
    this.#wake.plan([this.queue.nextWake(now), this.world().budget?.until, ...holds], now)
  }
}
