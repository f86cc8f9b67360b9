import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises'
import fc from 'fast-check'
import { afterAll, afterEach, beforeEach, expect, test, vi } from 'vitest'
import { homePaths } from '../../src/config/home.ts'
import type { Config } from '../../src/config/schema.ts'
import { AgentHolds } from '../../src/daemon/agent-holds.ts'
import { Dispatcher } from '../../src/daemon/dispatcher.ts'
import { Spending } from '../../src/daemon/spending.ts'
import type { AttemptEnd } from '../../src/domain/attempt.ts'
import { type ErrorCode, failure } from '../../src/domain/errors.ts'
import type { OrchestratorEvent } from '../../src/domain/events.ts'
import { takeIn } from '../../src/pipeline/intake.ts'
import type { Rooms } from '../../src/pipeline/rooms.ts'
import { exampleConfig } from '../helpers/examples.ts'
import { PATIENCE_MS } from '../helpers/process.ts'
import { makeRooms } from '../helpers/rooms.ts'
import { amount } from './form.ts'

const SEED = Number(process.env.ORCHESTRATOR_CHAOS_SEED ?? 20261120)
const RUNS = amount(15, 40, 300)
const NOON = new Date(2026, 10, 20, 12).getTime()
const MINUTE = 60_000
const RETRIES = 2
const LONGEST_WAIT_MS = 5 * MINUTE
const DAY_USD = 3
const COST_USD = 0.25

const DIRECTORIES = ['d0', 'd1', 'd2']
const RANKS = ['high', 'medium', 'low']

/** A task as the test wrote it, and how it stands with it as far as events tell. */
interface ModelTask {
  readonly id: string
  readonly rank: number
  readonly created: number
  readonly agent: string
  readonly directory: string
  readonly writes: boolean
  readonly dependsOn: readonly string[]
  readonly budgetUsd: number | undefined
  notBefore: number
  begun: boolean
  charged: number
  state: 'waiting' | 'running' | 'completed' | 'failed'
}

type Ending = 'ok' | 'agent_crashed' | 'usage_limit' | 'overloaded' | 'auth_failed' | 'refused'

type Step =
  | {
      readonly do: 'arrive'
      readonly task: Omit<ModelTask, 'id' | 'created' | 'begun' | 'charged' | 'state' | 'dependsOn'> & { needs: number }
    }
  | { readonly do: 'end'; readonly which: number; readonly how: Ending; readonly resetsInMs: number | undefined }
  | { readonly do: 'jump'; readonly ms: number }
  | { readonly do: 'pause' | 'resume' }
  | { readonly do: 'capacity'; readonly capacity: number }
  | { readonly do: 'cancel'; readonly which: number }

interface Attempt {
  readonly id: string
  readonly started: number
  readonly reservedUsd: number
  /** Whether a hold stood at its start, so that it tries for all others. */
  readonly tries: boolean
  end(end: AttemptEnd): void
}

const scratch = realpathSync(mkdtempSync(join(tmpdir(), 'model-')))
afterAll(() => rmSync(scratch, { recursive: true }))
beforeEach(() => vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] }))
afterEach(() => vi.useRealTimers())

/** The real dispatcher over a real inbox, with attempts that end when they are told to, beside a model of what it must do. */
class Simulation {
  readonly tasks: ModelTask[] = []
  readonly running = new Map<string, Attempt>()
  readonly #started: string[] = []
  readonly #paths: ReturnType<typeof homePaths>
  readonly #held = new Map<string, number>()
  /** What the daemon did that the model does not allow. */
  readonly #wrong: unknown[] = []
  readonly #dispatcher: Dispatcher
  readonly #rooms: Rooms
  readonly #holds: AgentHolds
  #capacity = 2
  #limited = true
  #paused = false
  #spent = { day: '', usd: 0 }

  constructor(root: string) {
    this.#paths = homePaths(root)
    for (const name of DIRECTORIES) mkdirSync(join(root, name), { recursive: true })
    this.#rooms = makeRooms(this.#paths, {
      capacity: this.#capacity,
      config: () => this.#config(),
      attempt: ({ spec }) =>
        new Promise((end) => {
          this.#started.push(spec.taskId)
          const tries = this.#held.has(this.#task(spec.taskId).agent)
          this.running.set(spec.taskId, { id: spec.taskId, started: Date.now(), reservedUsd: spec.maxBudgetUsd ?? 0, tries, end })
        }),
      event: (event) => this.#hear(event),
      problem: (...problem) => this.#wrong.push(problem),
    })
    const { bus, log } = this.#rooms
    this.#holds = new AgentHolds(this.#paths.holds, bus, log)
    const spending = new Spending(this.#paths.spending, log)
    this.#dispatcher = new Dispatcher(this.#rooms, {
      holds: this.#holds,
      spending,
      onChange: () => {},
      onParked: () => {},
      nextDeadline: () => undefined,
    })
    this.#dispatcher.open()
  }

  /** Does one thing to the daemon and waits until it has done all that follows; what it started must be what the model says. */
  async step(step: Step): Promise<void> {
    this.#started.length = 0
    await this.#do(step)
    await this.#quiet()
    this.#expectStarts()
  }

  /** Lifts everything that holds tasks back and lets all attempts succeed; only the daemon's own timers move it on. */
  async release(): Promise<void> {
    this.#limited = false
    this.#capacity = 2
    this.#rooms.executor.capacity = 2
    this.#resume()
    for (let round = 0; round < 400; round++) {
      await this.#quiet()
      if (!this.tasks.some((task) => task.state === 'running' || (task.state === 'waiting' && this.#canEver(task)))) break
      for (const attempt of [...this.running.values()]) this.#end(attempt, 'ok', undefined)
      await this.#quiet()
      await vi.advanceTimersByTimeAsync(MINUTE)
    }
    this.#failDependants()
  }

  close(): void {
    this.#dispatcher.drain()
  }

  async #do(step: Step): Promise<void> {
    switch (step.do) {
      case 'arrive':
        return this.#arrive(step)
      case 'end': {
        const attempts = [...this.running.values()]
        const attempt = attempts[step.which % Math.max(1, attempts.length)]
        if (attempt) this.#end(attempt, step.how, step.resetsInMs === undefined ? undefined : Date.now() + step.resetsInMs)
        return
      }
      case 'jump':
        vi.setSystemTime(Date.now() + step.ms)
        return this.#dispatcher.kick()
      case 'pause':
        this.#paused = true
        this.#dispatcher.paused = true
        return
      case 'resume':
        return this.#resume()
      case 'capacity':
        this.#capacity = step.capacity
        this.#rooms.executor.capacity = step.capacity
        return this.#dispatcher.kick()
      case 'cancel': {
        const waiting = this.tasks.filter(({ state }) => state === 'waiting')
        const task = waiting[step.which % Math.max(1, waiting.length)]
        if (!task) return
        task.state = 'failed'
        await this.#dispatcher.cancel(task.id, undefined)
        return
      }
    }
  }

  #resume(): void {
    this.#paused = false
    this.#held.clear()
    this.#holds.forgive()
    this.#dispatcher.paused = false
  }

  async #arrive({ task: { needs, ...rest } }: Extract<Step, { do: 'arrive' }>): Promise<void> {
    const id = `t${this.tasks.length}`
    const created = NOON + this.tasks.length * 1000
    const dependsOn = needs === 0 ? [] : [needs > this.tasks.length ? 'nobody' : `t${this.tasks.length - needs}`]
    const task: ModelTask = {
      ...rest,
      id,
      created,
      dependsOn,
      notBefore: Date.now() + rest.notBefore,
      begun: false,
      charged: 0,
      state: 'waiting',
    }
    const head = {
      id,
      created: new Date(created).toISOString(),
      priority: RANKS[task.rank],
      type: task.writes ? 'fix' : 'analyze',
      agent: task.agent,
      cwd: task.directory,
      not_before: new Date(task.notBefore).toISOString(),
      ...(dependsOn.length > 0 && { depends_on: dependsOn }),
      ...(task.budgetUsd !== undefined && { max_budget_usd: task.budgetUsd }),
    }
    const keys = Object.entries(head).map(([key, value]) => `${key}: ${JSON.stringify(value)}\n`)
    writeFileSync(join(this.#paths.tasks, `${id}.task.md`), `---\n${keys.join('')}---\nDo it.\n`)
    this.tasks.push(task)
    const intake = await takeIn({ name: `${id}.task.md`, modified: new Date(), since: new Date() }, this.#rooms)
    if (intake.kind !== 'candidate') throw new Error(`${id} is ${intake.kind}`)
    this.#dispatcher.put(intake.candidate)
    this.#dispatcher.kick()
  }

  #end({ id, started, tries, end }: Attempt, how: Ending, resetsAt: number | undefined): void {
    const task = this.#task(id)
    this.running.delete(id)
    const isProbe = started >= (this.#held.get(task.agent) ?? Number.POSITIVE_INFINITY)
    if (how === 'ok') {
      task.state = 'completed'
      const day = new Date().toDateString()
      this.#spent = { day, usd: (this.#spent.day === day ? this.#spent.usd : 0) + COST_USD }
      if (isProbe) this.#held.delete(task.agent)
      end({ ok: true, report: { output: 'Done.', turns: 1, costUsd: COST_USD, denials: [], warnings: [] } })
      return
    }
    task.begun = true
    const isFree = how === 'usage_limit' || (how === 'auth_failed' && tries)
    if (!isFree) task.charged++
    const isFinal = (how === 'auth_failed' && !tries) || how === 'refused' || task.charged > RETRIES
    task.state = isFinal ? 'failed' : 'waiting'
    task.notBefore = Date.now()
    const limits = resetsAt === undefined ? {} : { limitResetsAt: resetsAt }
    const turns = how === 'refused' ? 1 : 0
    if (how === 'refused' && isProbe) this.#held.delete(task.agent)
    end({ ok: false, failure: failure(how), report: { output: '', turns, denials: [], warnings: [], ...limits } })
  }

  /** The end of a hold and the time of a retry are the daemon's own choice: the model takes them from its events. */
  #hear(event: OrchestratorEvent): void {
    if (event.event === 'agent_held') this.#held.set(event.agent, Date.parse(event.until))
    if (event.event === 'agent_released' && this.#held.delete(event.agent)) this.#wrong.push({ ...event, by: 'nothing that lifts a hold' })
    if (event.event === 'retry' && event.code !== 'usage_limit' && event.code !== 'auth_failed')
      this.#task(event.task_id).notBefore = Date.now() + event.delay_ms
  }

  /** What must have been started: the best task that nothing keeps, then the best of the rest, while slots are free. */
  #expectStarts(): void {
    this.#failDependants()
    const expected: string[] = []
    const busy = [...this.running.values()].filter(({ id }) => !this.#started.includes(id))
    const order = this.tasks.filter(({ state }) => state === 'waiting').sort(goesBefore)
    while (busy.length < this.#capacity) {
      const next = order.find((task) => !expected.includes(task.id) && this.#isReady(task, busy))
      if (!next) break
      expected.push(next.id)
      busy.push({ id: next.id, started: Date.now(), reservedUsd: this.#grant(next, busy) ?? 0, tries: false, end: () => {} })
    }
    expect([...this.#started].sort(), this.#picture()).toEqual([...expected].sort())
    for (const id of this.#started) this.#task(id).state = 'running'
    for (const [agent, until] of this.#held) expect(this.#holds.of(agent)?.until, `hold of ${agent}`).toBe(until)
    expect(this.#holds.all()).toHaveLength(this.#held.size)
    expect(this.#wrong).toEqual([])
  }

  #isReady(task: ModelTask, busy: readonly Attempt[]): boolean {
    const isForgotten = task.begun && task.notBefore - Date.now() > LONGEST_WAIT_MS // planned by a clock that was set back
    if (this.#paused || (task.notBefore > Date.now() && !isForgotten)) return false
    if (!task.begun && !task.dependsOn.every((id) => this.tasks.find((one) => one.id === id)?.state === 'completed')) return false
    const until = this.#held.get(task.agent)
    const others = busy.map((attempt) => ({ ...attempt, task: this.#task(attempt.id) }))
    if (until !== undefined && until > Date.now()) return false
    if (until !== undefined && others.some((other) => other.task.agent === task.agent && other.started >= until)) return false
    if (others.some((other) => other.task.directory === task.directory && (other.task.writes || task.writes))) return false
    return !this.#limited || this.#grant(task, busy) !== undefined
  }

  /** What the day gives a task; undefined where that is not enough. */
  #grant({ budgetUsd }: ModelTask, busy: readonly Attempt[]): number | undefined {
    const reserved = busy.reduce((sum, { reservedUsd }) => sum + reservedUsd, 0)
    const spent = this.#spent.day === new Date().toDateString() ? this.#spent.usd : 0
    const left = DAY_USD - spent - reserved
    if (left < 0.01) return undefined
    if (budgetUsd === undefined) return left / Math.max(1, this.#capacity - busy.length)
    return budgetUsd <= left ? budgetUsd : undefined
  }

  /** A task that has not begun fails with what it depends on. */
  #failDependants(): void {
    const failed = (id: string) => this.tasks.find((task) => task.id === id)?.state === 'failed'
    for (const task of this.tasks) if (task.state === 'waiting' && !task.begun && task.dependsOn.some(failed)) task.state = 'failed'
  }

  #canEver(task: ModelTask): boolean {
    return task.dependsOn.every((id) => {
      const other = this.tasks.find((one) => one.id === id)
      return other !== undefined && (other.state !== 'waiting' || this.#canEver(other))
    })
  }

  /** Waits until the daemon has nothing to do but wait: every seat is that of an attempt under way. */
  async #quiet(): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS
    for (let calm = 0; calm < 4; ) {
      if (performance.now() > deadline) throw new Error(`the daemon does not come to rest\n${this.#picture()}`)
      await (calm > 0 ? turn() : sleep(1))
      calm = this.#dispatcher.seats.size === this.running.size ? calm + 1 : 0
    }
    this.#failDependants()
    if (!this.#limited) for (const id of this.running.keys()) this.#task(id).state = 'running'
  }

  /** What the files say in the end. */
  expectAllEnded(): void {
    for (const task of this.tasks) {
      const waitsForNobody = task.state === 'waiting' && !this.#canEver(task)
      const status = this.#rooms.results.status(task.id)
      expect([task.id, status === 'cancelled' ? 'failed' : status], this.#picture()).toEqual([
        task.id,
        waitsForNobody ? undefined : task.state,
      ])
    }
    expect(this.#dispatcher.seats.size).toBe(0)
  }

  #task(id: string): ModelTask {
    const task = this.tasks.find((one) => one.id === id)
    if (!task) throw new Error(`there is no task ${id}`)
    return task
  }

  #config(): Config {
    const limit = this.#limited ? String(DAY_USD) : undefined
    return exampleConfig(this.#paths.home, { MAX_RETRIES: String(RETRIES), DAILY_BUDGET_USD: limit })
  }

  #picture(): string {
    return JSON.stringify(
      { now: Date.now() - NOON, held: [...this.#held], running: [...this.running.values()], tasks: this.tasks },
      null,
      1,
    )
  }
}

/** Runs that were begun, then priority, then age. */
function goesBefore(a: ModelTask, b: ModelTask): number {
  return Number(b.begun) - Number(a.begun) || a.rank - b.rank || a.created - b.created
}

const code = <C extends ErrorCode>(one: C) => one
const arrive = fc
  .record({
    rank: fc.nat({ max: 2 }),
    agent: fc.constantFrom('claude', 'claude', 'demo'),
    directory: fc.constantFrom(...DIRECTORIES),
    writes: fc.boolean(),
    budgetUsd: fc.option(fc.constantFrom(0.5, 2), { nil: undefined }),
    notBefore: fc.constantFrom(0, 0, 0, 1_000, 10 * MINUTE),
    needs: fc.constantFrom(0, 0, 0, 1, 2, 99),
  })
  .map((task): Step => ({ do: 'arrive', task }))
const end = fc
  .record({
    which: fc.nat({ max: 9 }),
    how: fc.constantFrom(
      'ok' as const,
      'ok' as const,
      code('agent_crashed'),
      code('usage_limit'),
      code('usage_limit'),
      code('overloaded'),
      code('auth_failed'),
      code('refused'),
    ),
    resetsInMs: fc.option(fc.integer({ min: -MINUTE, max: 90 * MINUTE }), { nil: undefined }),
  })
  .map((given): Step => ({ do: 'end', ...given }))
const jump = fc
  .oneof(fc.integer({ min: 0, max: 5_000 }), fc.integer({ min: -120 * MINUTE, max: 120 * MINUTE }), fc.constant(26 * 60 * MINUTE))
  .map((ms): Step => ({ do: 'jump', ms }))
const others = fc.oneof(
  fc.constantFrom<Step>({ do: 'pause' }, { do: 'resume' }, { do: 'resume' }),
  fc.integer({ min: 1, max: 4 }).map((capacity): Step => ({ do: 'capacity', capacity })),
  fc.nat({ max: 9 }).map((which): Step => ({ do: 'cancel', which })),
)
const story = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: arrive },
    { weight: 5, arbitrary: end },
    { weight: 3, arbitrary: jump },
    { weight: 1, arbitrary: others },
  ),
  { minLength: 10, maxLength: 60 },
)

test(`whatever comes in whatever order, the right tasks run and all come to their end (ORCHESTRATOR_CHAOS_SEED=${SEED})`, async () => {
  let count = 0
  await fc.assert(
    fc.asyncProperty(story, async (steps) => {
      vi.setSystemTime(NOON)
      const simulation = new Simulation(join(scratch, String(count++)))
      try {
        for (const step of steps) await simulation.step(step)
        await simulation.release()
        simulation.expectAllEnded()
      } finally {
        simulation.close()
      }
    }),
    { seed: SEED, numRuns: RUNS, endOnFailure: true },
  )
})
