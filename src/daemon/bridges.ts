import type { Bridge, BridgeEntry, BridgeHealth, BridgeTools } from '../bridges/contract.ts'
import type { Config } from '../config/schema.ts'
import type { Commands, OwnerVerbs } from '../control/protocol.ts'
import { OrchestratorError } from '../domain/errors.ts'
import type { EventSource } from '../domain/events.ts'
import { wordsOf } from '../lib/words-of.ts'

/** How one of the bridges stands. */
export interface NamedHealth extends BridgeHealth {
  readonly name: string
}

/** What the bridges are opened with, and the configuration that they follow. */
export interface BridgeSite extends Pick<BridgeTools, 'log' | 'paths' | 'redact'> {
  readonly entries: Readonly<Record<string, BridgeEntry>>
  readonly events: EventSource
  config(): Config
}

/** Milliseconds until a bridge is opened again that could not be: at first, and at most. */
const AGAIN_MS = { first: 1_000, longest: 60_000 }

/** Opens the bridges that are configured, and keeps them as the configuration is; one that cannot be opened is told in its health, and tried again until it can. */
export class Bridges implements AsyncDisposable {
  readonly #site: BridgeSite
  readonly #open = new Map<string, Bridge>()
  readonly #off = new Map<string, string>()
  /** Bridges that could not be opened: why, and when that is tried again. */
  readonly #failed = new Map<string, { readonly detail: string; readonly times: number; readonly timer: NodeJS.Timeout }>()
  #closed = false
  #last: Promise<void> = Promise.resolve()
  #subscription: Disposable | undefined
  #serve: (commands: Commands) => void = () => {}
  #refuse: (error: Error) => void = () => {}
  readonly #commands: Promise<Commands>

  constructor(site: BridgeSite) {
    this.#site = site
    this.#commands = new Promise((resolve, reject) => {
      this.#serve = resolve
      this.#refuse = reject
    })
    this.#commands.catch(() => undefined)
  }

  /** From now on commands are carried out; those that were given before have waited for it. */
  serve(commands: Commands): void {
    this.#serve(commands)
  }

  start(): Promise<void> {
    const { events, entries } = this.#site
    this.#subscription = events.onEvent((event) => {
      if (event.event !== 'config_reloaded') return
      for (const [name, { settings }] of Object.entries(entries)) {
        if (settings.some((setting) => event.changed.includes(setting))) this.#last = this.#last.then(() => this.#renew(name))
      }
    })
    this.#last = Promise.all(Object.keys(entries).map((name) => this.#renew(name))).then(() => undefined)
    return this.#last
  }

  health(): readonly NamedHealth[] {
    const open = [...this.#open].map(([name, bridge]) => ({ name, ...bridge.health() }))
    const failed = [...this.#failed].map(([name, { detail }]) => ({ name, ok: false, detail: `cannot be opened: ${detail}` }))
    return [...open, ...failed, ...[...this.#off].map(([name, detail]) => ({ name, ok: null, detail }))]
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#refuse(new OrchestratorError('not_running')) // for those who still wait for a daemon that never came to be
    this.#closed = true
    this.#subscription?.[Symbol.dispose]()
    for (const { timer } of this.#failed.values()) clearTimeout(timer)
    await this.#last
    for (const name of [...this.#open.keys()]) await this.#close(name)
  }

  async #send<V extends keyof OwnerVerbs>(verb: V, request: OwnerVerbs[V]['request']): Promise<OwnerVerbs[V]['value']> {
    const commands: Commands = await this.#commands
    return commands[verb](request)
  }

  async #renew(name: string): Promise<void> {
    const { entries, config, events, log, paths, redact } = this.#site
    const entry = entries[name]
    if (!entry) return
    const times = (this.#failed.get(name)?.times ?? 0) + 1
    clearTimeout(this.#failed.get(name)?.timer)
    try {
      await this.#close(name)
      this.#failed.delete(name)
      this.#off.delete(name)
      const off = entry.off(config().settings)
      if (off !== undefined) {
        this.#off.set(name, off)
        log.info(`the bridge ${name} is ${off}`)
        return
      }
      const bridge = (await entry.load())()
      this.#open.set(name, bridge)
      await bridge.start({ send: (verb, request) => this.#send(verb, request), events, log, paths, redact, config: config() })
    } catch (error) {
      log.error(`the bridge ${name} could not be opened; trying on`, { error })
      await this.#close(name)
      if (this.#closed) return
      const again = () => {
        this.#last = this.#last.then(() => this.#renew(name))
      }
      const timer = setTimeout(again, Math.min(AGAIN_MS.longest, AGAIN_MS.first * 2 ** (times - 1))).unref()
      this.#failed.set(name, { detail: wordsOf(error), times, timer })
    }
  }

  /** Whatever goes wrong at its end, a bridge is gone then. */
  async #close(name: string): Promise<void> {
    const bridge = this.#open.get(name)
    this.#open.delete(name)
    try {
      await bridge?.[Symbol.asyncDispose]()
    } catch (error) {
      this.#site.log.error(`the bridge ${name} could not be closed`, { error })
    }
  }
}
