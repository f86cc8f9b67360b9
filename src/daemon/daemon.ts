import { mkdirSync } from 'node:fs'
import { homePaths, isHome } from '../config/home.ts'
import { requireConfig } from '../config/load.ts'
import type { Overrides } from '../config/settings.ts'
import type { Commands, DaemonStatus } from '../control/protocol.ts'
import { serveControl } from '../control/server.ts'
import { OrchestratorError } from '../domain/errors.ts'
import type { EventSource } from '../domain/events.ts'
import { makeFolders } from '../inbox/folders.ts'
import { InboxWatch } from '../inbox/watch.ts'
import { Disposer } from '../lib/disposer.ts'
import { version } from '../lib/version.ts'
import { Bridges } from './bridges.ts'
import { createCommands } from './commands.ts'
import { compose, type House } from './compose.ts'
import type { Tally } from './dispatcher.ts'
import { Ending } from './ending.ts'
import { keepHome } from './keep-home.ts'
import { acquireLock } from './lock.ts'
import { maskedCommands } from './masked-commands.ts'
import { pauseMark } from './pause.ts'
import { recover } from './recover.ts'
import { sweepState } from './sweep.ts'

/** How a daemon is to run. */
export interface DaemonOptions {
  readonly home: string
  /** Options of the command line that stand for variables. */
  readonly flags: Overrides
  /** End when nothing is left that could be started. */
  readonly once: boolean
  /** Take only this file of `tasks/`. */
  readonly only?: string
  /** Open the bridges that are configured. */
  readonly bridges?: boolean
  /** Aborted where a signal, its reason, asks for a stop before the daemon is ready: then it starts nothing, and ends. */
  readonly stop?: AbortSignal
  /** Handed the news before the first of it is told. */
  listen?(events: EventSource): void
}

/** What became of the tasks by the time a daemon has ended. */
export interface Ended extends Readonly<Tally> {
  readonly rejected: number
  /** Tasks that are still queued. */
  readonly left: number
  /** Tasks that wait for an answer. */
  readonly waiting: number
  /** What the daemon would have said of itself at last: what waits, and for what. */
  readonly status: DaemonStatus
  /** Why results or claims could not be written at the end, if so. */
  readonly storageProblem: string | undefined
}

/** A running daemon, as the command that started it sees it. */
export interface Daemon {
  readonly commands: Commands
  /** What the configuration that it was started with deserves a warning for. */
  readonly notes: readonly string[]
  /** Settles when the daemon has ended and let go of everything. */
  readonly ended: Promise<Ended>
  /** Starts nothing more and lets running tasks finish for the grace time; called again it interrupts them. */
  stop(reason: string): void
  /** Reads the configuration again. */
  reload(): void
}

/** Starts the daemon of a home; when this settles it is ready. Throws where the home is missing or held, or the configuration has problems. */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  if (!isHome(options.home)) throw new OrchestratorError('no_home', `${options.home} is no orchestrator home.`)
  const paths = homePaths(options.home)
  const disposer = new Disposer()
  try {
    const config = await requireConfig({ home: options.home, flags: options.flags })
    const lock = disposer.use(await acquireLock(paths.lock, version(), paths))
    const held = new Date()
    makeFolders(paths)
    for (const folder of [paths.results, paths.summaries, paths.runs]) mkdirSync(folder, { recursive: true })

    const end = new Ending(options.once)
    const house = await compose({ paths, config, flags: options.flags, only: options.only, onChange: () => end.look() }, disposer)
    const { rooms, dispatcher, feed, live } = house
    end.watch(house)
    let rejected = 0
    house.bus.onEvent(({ event }) => {
      if (event === 'task_rejected') rejected++
    })
    options.listen?.(house.bus)
    const bridges = disposer.use(new Bridges({ ...rooms, entries: house.bridges, events: house.bus, paths }))
    if (options.bridges) await bridges.start()

    const pause = pauseMark(paths.paused)
    dispatcher.paused = pause.paused
    rooms.bus.event({ event: 'daemon_started', pid: lock.holder.pid, version: lock.holder.version, home: options.home })
    await sweepState(paths, held).catch((error: unknown) =>
      rooms.log.warn('what a daemon that was killed left cannot be removed', { error }),
    )
    const { begun, parked } = await recover(rooms)
    if (options.only === undefined) {
      for (const candidate of begun) dispatcher.put(candidate)
      for (const taskId of parked) dispatcher.park(taskId)
    }

    const inbox = disposer.use(inboxOf(house, paths))
    const commands = maskedCommands(
      createCommands({
        ...house,
        paths,
        bridges: () => bridges.health(),
        holder: lock.holder,
        pause,
        stopping: () => end.stopping,
        rescan: () => void inbox.rescan(),
      }),
      rooms.redact,
    )
    bridges.serve(commands)
    const control = disposer.use(await serveControl(paths, commands))
    const keeper = keepHome({
      lock,
      control,
      runAccesses: house.runAccesses,
      log: rooms.log,
      onLost: () => end.stop('another daemon has taken the home', 0),
    })
    disposer.defer(() => keeper[Symbol.dispose]())
    await inbox.start()
    await inbox.calm()
    await feed.settled()
    if (options.stop?.aborted) end.stop(`stopped by ${options.stop.reason}`, 0)
    dispatcher.open()
    end.ready(inbox)

    return {
      commands,
      notes: config.notes,
      ended: end.reached.then(async (reason) => {
        rooms.bus.event({ event: 'daemon_stopped', reason })
        const ended = {
          ...dispatcher.tally,
          rejected,
          left: dispatcher.queue.size + feed.stuck,
          waiting: dispatcher.parked.ids.size,
          status: await commands.status({}),
          storageProblem: dispatcher.storageProblem,
        }
        await disposer[Symbol.asyncDispose]()
        return ended
      }),
      stop: (reason) => end.stop(reason, rooms.config().settings.SHUTDOWN_GRACE_SEC * 1000),
      reload: () => void live.reloadNow(),
    }
  } catch (error) {
    await disposer[Symbol.asyncDispose]()
    throw error
  }
}

function inboxOf({ rooms, feed }: House, paths: ReturnType<typeof homePaths>): InboxWatch {
  const settings = () => rooms.config().settings
  return new InboxWatch(
    {
      folders: paths,
      polling: settings().WATCH_POLLING,
      settleMs: () => settings().TASK_SETTLE_MS,
      rescanMs: () => settings().RESCAN_SEC * 1000,
    },
    feed,
  )
}
