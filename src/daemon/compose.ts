import { existsSync, realpathSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { Agent } from '../agents/contract.ts'
import { AGENT_NAMES, loadAgent } from '../agents/index.ts'
import type { BridgeEntry } from '../bridges/contract.ts'
import { bridges } from '../bridges/index.ts'
import { type HomePaths, ownFolders } from '../config/home.ts'
import { describeProblem } from '../config/problem.ts'
import { type LiveConfig, watchConfig } from '../config/reload.ts'
import type { Config } from '../config/schema.ts'
import type { Overrides } from '../config/settings.ts'
import type { EventSink, EventSource } from '../domain/events.ts'
import { executors } from '../executors/index.ts'
import { UsedIds } from '../inbox/ids.ts'
import type { Disposer } from '../lib/disposer.ts'
import { packageFile } from '../lib/package-file.ts'
import { onOddState } from '../lib/read-state.ts'
import { type AttemptTools, attempt, type RunFile, verifyAgain } from '../pipeline/attempt.ts'
import type { Rooms } from '../pipeline/rooms.ts'
import { createValidator } from '../results/validate.ts'
import { createResultStore } from '../results/write.ts'
import { createBus } from '../telemetry/bus.ts'
import { createEventLog } from '../telemetry/event-log.ts'
import { openLogFile } from '../telemetry/logger.ts'
import { workspaces } from '../workspaces/index.ts'
import { Activities } from './activity.ts'
import { AgentHolds } from './agent-holds.ts'
import { createRunCommands } from './ask.ts'
import { AskClock } from './ask-clock.ts'
import { Dispatcher } from './dispatcher.ts'
import { Feed } from './feed.ts'
import { containmentFollowing, modelFollowing, redactorFollowing } from './following.ts'
import { keepNotes } from './keep-notes.ts'
import { logEvents } from './log-events.ts'
import { Questions } from './questions.ts'
import { RunAccesses } from './run-access.ts'
import { RunTokens } from './run-tokens.ts'
import { Spending } from './spending.ts'

/** Everything a daemon is made of. */
export interface House {
  readonly rooms: Rooms
  readonly dispatcher: Dispatcher
  readonly activities: Activities
  readonly holds: AgentHolds
  readonly questions: Questions
  readonly runAccesses: RunAccesses
  readonly bus: EventSource & EventSink
  readonly feed: Feed
  readonly live: LiveConfig
  readonly bridges: Readonly<Record<string, BridgeEntry>>
}

/** What a house is built from. */
export interface Site {
  readonly paths: HomePaths
  readonly config: Config
  readonly flags: Overrides
  /** Take only this file of `tasks/`. */
  readonly only: string | undefined
  /** Told whenever something has ended or been added. */
  onChange(): void
}

/** Builds the rooms and ties them together; what must be let go is left with the disposer. */
export async function compose({ paths, config: initial, flags, only, onChange }: Site, disposer: Disposer): Promise<House> {
  const config = (): Config => live.current()
  const redact = redactorFollowing(config)
  const log = disposer.use(await openLogFile({ path: paths.log, level: initial.settings.LOG_LEVEL, redact, onProblem: complain }))
  const odd = onOddState((message) => log.warn(message))
  disposer.defer(() => odd[Symbol.dispose]())
  const bus = createBus({ redact, onError: (error) => log.error('a listener failed', { error }) })
  const eventLog = disposer.use(createEventLog({ path: paths.events, onProblem: (message) => log.error(message) }))
  const warn = () => {
    for (const note of config().notes) log.warn(note)
  }
  const live = watchConfig({
    initial,
    home: initial.home,
    flags,
    onBroken: (problems) =>
      log.error(`the configuration is broken, so the old one stays in force:\n${problems.map(describeProblem).join('\n')}`),
    onChange: ({ config: { settings }, changed }) => {
      warn()
      log.setLevel(settings.LOG_LEVEL)
      executor.capacity = settings.MAX_CONCURRENT_TASKS
      bus.event({ event: 'config_reloaded', changed })
      holds.forgive(['auth_failed', 'agent_missing']) // a new key or another program may be what was edited
      dispatcher.kick()
    },
    onWaiting: (waiting) => bus.event({ event: 'config_edit_waits', waiting }),
    isReachable: () => [...dispatcher.seats.all()].length > 0,
  })
  disposer.defer(() => live[Symbol.dispose]())
  warn()
  bus.onEvent(eventLog.append)
  logEvents(bus, log)
  const activities = new Activities(bus)
  const tokens = new RunTokens(bus)
  const askClock = new AskClock()

  const runFile = (runId: string, kind: RunFile) => join(paths.runs, `${runId}.${kind}`)
  const results = createResultStore(paths, createValidator())
  const agent = (name: string) => loadAgent(name, config().agents)
  const containment = await containmentFollowing(config, log)
  const program = programDirectory()
  const ofHome = { home: initial.home, folders: ownFolders(paths), config: paths.config, secrets: paths.env, state: paths.state, program }
  const runAccesses = new RunAccesses({
    paths,
    tokens,
    log,
    commands: (runId) => createRunCommands(runId, { rooms, dispatcher, questions, tokens, askClock }),
  })
  const tools: AttemptTools = {
    bus,
    config,
    agent,
    mayStart: (name) => (holds.of(name)?.until ?? 0) <= Date.now(),
    redact,
    runFile,
    openRunAccess: (spec) => runAccesses.open(spec),
    waitedMs: (runId) => askClock.waitedMs(runId),
    workspace: async ({ cwd, runId }, kept) => {
      const open = await workspaces.none()
      const contained = await containment()
      if (!contained.namespace?.mounts) live.uncontained()
      return open({
        cwd,
        runId,
        containment: contained,
        protection: { ...ofHome, ...kept },
        environment: config().environment,
        scratch: paths.scratch,
        ignore: [paths.tasks, paths.results, paths.summaries, paths.logs, paths.state],
      })
    },
  }
  const openExecutor = await executors.local()
  const executor = disposer.use(
    openExecutor(config().settings.MAX_CONCURRENT_TASKS, {
      run: (request, signal, onAgentEnd) => attempt(request, signal, onAgentEnd, tools),
      verify: (request, signal) => verifyAgain(request, signal, tools),
    }),
  )

  const rooms: Rooms = {
    folders: paths,
    ids: new UsedIds(paths, (id) => results.exists(id)),
    results,
    executor,
    bus,
    log,
    config,
    latestConfig: () => live.latest(),
    agent,
    localModel: modelFollowing(config, redact),
    redact,
    runFile,
  }
  const holds = new AgentHolds(paths.holds, bus, log)
  const dispatcher = new Dispatcher(rooms, {
    holds,
    spending: new Spending(paths.spending, log),
    onChange,
    onParked: (taskId) => questions.parked(taskId),
    nextDeadline: () => questions.nextDeadline,
  })
  const questions = disposer.use(new Questions(rooms, dispatcher))
  bus.onEvent((event) => {
    if (event.event !== 'task_archived') return
    questions.forget(event.task_id)
    askClock.forget(event.run_id)
  })
  const feed = new Feed(rooms, dispatcher, only)
  keepNotes(bus, dispatcher, paths)
  return { rooms, dispatcher, activities, holds, questions, runAccesses, bus, feed, live, bridges }
}

/** Every agent there is, as the configuration has it: for those who look whether it is there. */
export async function everyAgent(config: Pick<Config, 'agents'>): Promise<readonly Agent[]> {
  const loaded = await Promise.all(AGENT_NAMES.map((name) => loadAgent(name, config.agents)))
  return loaded.filter((agent) => agent !== undefined)
}

/** Where the log itself cannot be written, standard error is what is left. */
function complain(message: string): void {
  process.stderr.write(`${message}\n`)
}

/** What we run from: our package, and where its dependencies lie beside it, the folder of both. */
function programDirectory(): string {
  const own = realpathSync.native(packageFile('.'))
  const beside = dirname(own)
  return basename(beside) === 'node_modules' && !existsSync(join(own, 'node_modules')) ? beside : own
}
