import { type Stats, statSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import type { Environment } from './environment.ts'
import { homePaths } from './home.ts'
import { type ConfigSources, type LoadOutcome, loadConfig } from './load.ts'
import type { Problem } from './problem.ts'
import type { Config } from './schema.ts'
import { SETTING_NAMES } from './settings.ts'

/** What is told about edits of the configuration. */
export interface ReloadOptions extends ConfigSources {
  /** The configuration that holds at the start. */
  readonly initial: Config
  /** Names of the settings that differ, `agents` or `types`, and other names of `.env`; empty where an edit only mended a broken one. */
  onChange(change: { readonly config: Config; readonly changed: readonly string[] }): void
  /** The edit cannot be used; what held before still holds. */
  onBroken(problems: readonly Problem[]): void
  /** Milliseconds between two looks. */
  readonly intervalMs?: number
}

/** The configuration of this moment, kept up with its files. */
export interface LiveConfig extends Disposable {
  current(): Config
  /** Reads everything again now, edited or not, and tells about it as for an edit. */
  reloadNow(): Promise<LoadOutcome>
}

/**
 * Watches `.env` and `config/orchestrator.yaml` by looking at both every second: two stat calls see every way to save, a file that
 * appears later and network mounts, which file events do not. An edit is read once it has been the same for two looks, since an
 * editor's file is empty for a moment. The timer keeps no process alive.
 */
export function watchConfig({ initial, onChange, onBroken, intervalMs = 1_000, ...sources }: ReloadOptions): LiveConfig {
  const paths = homePaths(sources.home)
  const look = () => [paths.env, paths.yaml].map(stampOf).join()
  let current = initial
  let broken = false
  let read = look()
  let seen = read
  let work: Promise<unknown> = Promise.resolve()

  async function load(): Promise<LoadOutcome> {
    read = look()
    const outcome = await loadConfig(sources)
    if (!outcome.ok) {
      broken = true
      onBroken(outcome.problems)
      return outcome
    }
    const changed = changes(current, outcome.config)
    const mended = broken
    broken = false
    current = outcome.config
    if (changed.length > 0 || mended) onChange({ config: current, changed })
    return outcome
  }

  function reloadNow(): Promise<LoadOutcome> {
    const loaded = work.then(load)
    work = loaded.catch(() => undefined)
    return loaded
  }

  const timer = setInterval(() => {
    const now = look()
    if (now !== read && now === seen) void reloadNow()
    seen = now
  }, intervalMs).unref()

  return { current: () => current, reloadNow, [Symbol.dispose]: () => clearInterval(timer) }
}

function stampOf(path: string): string {
  let stats: Stats | undefined
  try {
    stats = statSync(path, { throwIfNoEntry: false })
  } catch {
    // As good as not there; loading says what is wrong with it.
  }
  return stats === undefined ? 'none' : `${stats.ino}:${stats.size}:${stats.mtimeMs}:${stats.ctimeMs}`
}

/** What differs between two configurations; never values, since some are secrets. */
function changes(before: Config, after: Config): readonly string[] {
  const settings = SETTING_NAMES.filter((name) => !isDeepStrictEqual(before.settings[name], after.settings[name]))
  const sections = (['agents', 'types'] as const).filter((name) => !isDeepStrictEqual(before[name], after[name]))
  return [...settings, ...sections, ...otherNames(before.environment, after.environment)]
}

function otherNames(before: Environment, after: Environment): readonly string[] {
  const known: ReadonlySet<string> = new Set(SETTING_NAMES)
  const names = Object.keys({ ...before, ...after })
  return names.filter((name) => !known.has(name) && before[name] !== after[name])
}
