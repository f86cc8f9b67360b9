import type { Environment } from '../config/environment.ts'
import type { HomePaths } from '../config/home.ts'
import { loadConfig } from '../config/load.ts'
import type { Config } from '../config/schema.ts'
import { begunIdsIn, queuedNames } from '../control/view/folder-names.ts'
import { type QueuedFile, queuedFiles } from '../control/view/queued-files.ts'
import { readRecord } from '../inbox/records.ts'
import { Glance } from '../pipeline/glance.ts'
import type { Sight } from '../pipeline/rooms.ts'
import { readResult } from '../results/read.ts'
import type { DayBudget } from '../scheduler/budgets.ts'
import type { Candidate } from '../scheduler/candidate.ts'
import { byClock, type Hold } from '../scheduler/holds.ts'
import { ReadyQueue } from '../scheduler/ready-queue.ts'
import { begunRun } from './begun-run.ts'
import { pauseMark } from './pause.ts'
import { Readiness } from './readiness.ts'
import { Seats } from './seats.ts'
import { Spending } from './spending.ts'
import { tellQueue } from './tell-queue.ts'

/** A home without a daemon, as far as it was looked at. */
export interface Left {
  readonly paths: HomePaths
  readonly environment: Environment
  /** The queued files to look at. */
  readonly files: readonly QueuedFile[]
  /** What the last daemon kept. */
  readonly holds: readonly Hold[]
}

/** What stands in the way of a daemon that is started now. */
export interface Outlook {
  /** Why tasks would not be started at once, by name of the queued file, or `running/<id>` for runs that were begun. */
  readonly reasons: ReadonlyMap<string, string>
  /** The budget of the day, where one of them waits for the next day. */
  readonly budget: DayBudget | undefined
}

const BAD_CONFIG = 'the configuration has problems, which `orchestrator doctor` names'

/** Looks at files with the eyes of a daemon, by whose rules it is decided; nothing is changed. */
export async function lookAhead(left: Left): Promise<Outlook> {
  const { paths, environment, files } = left
  const loaded = await loadConfig({ home: paths.home, env: environment })
  if (!loaded.ok) return { reasons: new Map(files.map(({ name }) => [name, BAD_CONFIG])), budget: undefined }
  const readiness = readinessOf(left, loaded.config)
  const { queued, budget } = tellQueue(readiness.explain(), Number.POSITIVE_INFINITY, Date.now(), ({ key }) => key)
  return { reasons: new Map(queued.flatMap(({ file, waitsFor }) => (waitsFor === null ? [] : [[file, waitsFor]]))), budget }
}

/** Nothing runs, and whether the disk takes everything is not known before it is asked to. */
function readinessOf(left: Left, current: Config): Readiness {
  const { paths } = left
  const holds = left.holds.map((hold) => byClock(hold, Date.now()))
  const config = () => current
  const read = (id: string) => readResult(paths, id)
  const readiness = new Readiness({
    rooms: { config, executor: { capacity: current.settings.MAX_CONCURRENT_TASKS }, results: { status: (id) => read(id)?.status } },
    queue: queueOf(left, { folders: paths, config, results: { read } }),
    seats: new Seats(),
    parked: waitingElsewhere(left),
    storage: { problem: undefined },
    holds: { of: (agent) => holds.find((hold) => hold.agent === agent), all: () => holds },
    spending: new Spending(paths.spending, { error: () => undefined }),
  })
  readiness.paused = pauseMark(paths.paused).paused
  return readiness
}

function queueOf({ paths, files }: Left, sight: Sight): ReadyQueue {
  const queue = new ReadyQueue()
  const glance = new Glance(sight)
  const queued = files.map(({ name, modified }) => glance.candidate({ name, modified: new Date(modified), since: new Date(modified) }))
  const begun = begunIdsIn(paths.running).map((id) => candidateOfRun(id, sight))
  for (const candidate of [...queued, ...begun]) if (candidate) queue.put(candidate)
  return queue
}

/** A run that goes on; undefined for one that begins anew since its record is lost, and for one that has just been moved. */
function candidateOfRun(id: string, sight: Sight): Candidate | undefined {
  try {
    const record = readRecord(sight.folders, id)
    return record && begunRun(record, sight)
  } catch {
    return undefined
  }
}

/** What waits for an answer, or in a part of the queue that was not looked at; found out once somebody asks. */
function waitingElsewhere({ paths, files }: Left): { readonly ids: ReadonlySet<string> } {
  const looked = new Set(files.map(({ name }) => name))
  let found: ReadonlySet<string> | undefined
  const find = () => {
    const others = queuedNames(paths).filter((name) => !looked.has(name))
    return new Set([...begunIdsIn(paths.waiting), ...queuedFiles(paths, others).map(({ wanted }) => wanted)])
  }
  return {
    get ids() {
      found ??= find()
      return found
    },
  }
}
