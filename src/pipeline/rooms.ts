import type { Agent } from '../agents/contract.ts'
import type { Config } from '../config/schema.ts'
import type { EventSink } from '../domain/events.ts'
import type { Executor } from '../executors/contract.ts'
import type { InboxFolders } from '../inbox/folders.ts'
import type { UsedIds } from '../inbox/ids.ts'
import type { Redactor } from '../lib/redact.ts'
import type { LocalModel } from '../local-model/contract.ts'
import type { ResultStore } from '../results/write.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { RunFile } from './attempt.ts'

/** All that it takes to see what waits in a home. */
export type Sight = Pick<Rooms, 'folders' | 'config'> & { readonly results: Pick<ResultStore, 'read'> }

/** Everything the life of a task passes through; put together once, by the daemon. */
export interface Rooms {
  readonly folders: InboxFolders
  readonly ids: UsedIds
  readonly results: ResultStore
  readonly executor: Executor
  readonly bus: EventSink
  readonly log: Logger
  /** The configuration of this moment; each attempt asks anew. */
  config(): Config
  /** The configuration with an edit of this very moment taken in; `config()` is that from then on. */
  latestConfig(): Promise<Config>
  localModel(): LocalModel
  /** Masks secrets in a text. */
  readonly redact: Redactor
  agent(name: string): Promise<Agent | undefined>
  /** Path of a file that is kept of a run. */
  runFile(runId: string, kind: RunFile): string
}
