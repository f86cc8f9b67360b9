import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { loadAgent } from '../../src/agents/index.ts'
import type { HomePaths } from '../../src/config/home.ts'
import type { Config } from '../../src/config/schema.ts'
import type { AttemptEnd } from '../../src/domain/attempt.ts'
import type { OrchestratorEvent } from '../../src/domain/events.ts'
import type { AttemptRequest } from '../../src/executors/contract.ts'
import { localExecutor } from '../../src/executors/local.ts'
import { makeFolders } from '../../src/inbox/folders.ts'
import { UsedIds } from '../../src/inbox/ids.ts'
import { noModel } from '../../src/local-model/none.ts'
import type { Rooms } from '../../src/pipeline/rooms.ts'
import { createValidator } from '../../src/results/validate.ts'
import { createResultStore } from '../../src/results/write.ts'
import { exampleConfig } from './examples.ts'

/** What a test does for the rooms. */
export interface RoomsOptions {
  /** Attempts at the same time. */
  readonly capacity?: number
  config?(): Config
  attempt(request: AttemptRequest, signal: AbortSignal): Promise<AttemptEnd>
  event?(event: OrchestratorEvent): void
  /** Told of what is logged as a warning or an error. */
  problem?(message: string, about: unknown): void
}

/** Rooms over the files of a home, whose attempts start no agent and end as the test says. */
export function makeRooms(paths: HomePaths, { capacity = 2, config: given, attempt, event, problem }: RoomsOptions): Rooms {
  makeFolders(paths)
  for (const folder of [paths.results, paths.summaries, paths.state]) mkdirSync(folder, { recursive: true })
  const silent = () => undefined
  const tell = problem ?? silent
  const results = createResultStore(paths, createValidator())
  const standing = exampleConfig(paths.home)
  const config = given ?? (() => standing)
  return {
    folders: paths,
    ids: new UsedIds(paths, (id) => results.exists(id)),
    results,
    executor: localExecutor(capacity, {
      async run(request, signal, onAgentEnd) {
        const end = await attempt(request, signal)
        if (end.ok !== undefined || end.started) await onAgentEnd(end)
        return end
      },
      verify: async ({ report }) => ({ ok: true, report }),
    }),
    bus: { event: event ?? silent, progress: silent },
    log: { debug: silent, info: silent, warn: tell, error: tell },
    config,
    latestConfig: async () => config(),
    localModel: () => noModel,
    redact: (text) => text,
    agent: loadAgent,
    runFile: (runId, kind) => join(paths.home, `${runId}.${kind}`),
  }
}
