import type { HomePaths } from '../config/home.ts'
import type { Config, SettingName, Settings } from '../config/schema.ts'
import type { Send } from '../control/protocol.ts'
import type { EventSource } from '../domain/events.ts'
import type { Redactor } from '../lib/redact.ts'
import type { Logger } from '../telemetry/logger.ts'

/** What a bridge is handed: it listens to events and sends commands, and has no other way in. */
export interface BridgeTools {
  readonly send: Send
  readonly events: EventSource
  readonly log: Logger
  /** The configuration of this moment; where the variables of a bridge change, it is opened anew. */
  readonly config: Config
  /** Where it may keep what it has to remember. */
  readonly paths: Pick<HomePaths, 'outbox' | 'telegram'>
  /** Masks secrets in a text. */
  readonly redact: Redactor
}

/** How a bridge stands; `ok` is null while nobody knows. */
export interface BridgeHealth {
  readonly ok: boolean | null
  readonly detail: string
}

/** A way in and out for people who are elsewhere. Whatever becomes of its network, no task waits for it. */
export interface Bridge extends AsyncDisposable {
  /** Begins to listen and to talk; settles without waiting for a network. */
  start(tools: BridgeTools): Promise<void>
  health(): BridgeHealth
}

/** A bridge as it is known before it is loaded. */
export interface BridgeEntry {
  /** The variables it is made of. */
  readonly settings: readonly SettingName[]
  /** Why it is not to be started; undefined where it is. */
  off(settings: Settings): string | undefined
  load(): Promise<() => Bridge>
}
