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
  /** The configuration with an edit of this very moment taken in, unless its file is empty, gone or broken. Costs two stat calls where nothing was edited. */
  latest(): Promise<Config>
  /** Reads everything again now, edited or not, and tells about it as for an edit. */
  reloadNow(): Promise<LoadOutcome>
}

/**
 * Watches `.env` and `config/orchestrator.yaml` by looking at both every second: two stat calls see every way to save, a file that
 * appears later and network mounts, which file events do not. An edit is read once it has been the same for two looks, since an
 * editor's file is empty or cut off for a moment; who asks for the latest has it read before. The timer keeps no process alive.
 */
export function watchConfig({ initial, onChange, onBroken, intervalMs = 1_000, ...sources }: ReloadOptions): LiveConfig {
  const paths = homePaths(sources.home)
  const look = () => [paths.env, paths.yaml].map(stampOf)
  let current = initial
  let broken = false
  let tried = look()
  let settled = tried.join()
  let seen = settled
  let work: Promise<unknown> = Promise.resolve()

  async function load(isSettled: boolean): Promise<LoadOutcome> {
    tried = look()
    if (isSettled) settled = tried.join()
    const outcome = await loadConfig(sources)
    if (!isSettled && !(outcome.ok && look().join() === tried.join())) return outcome // perhaps read in mid-write
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

  function inTurn(isSettled: boolean): Promise<LoadOutcome> {
    const loaded = work.then(() => load(isSettled))
    work = loaded.catch(() => undefined)
    return loaded
  }

  async function latest(): Promise<Config> {
    const now = look()
    const isEmptied = now.some((stamp, index) => stamp === EMPTY && stamp !== tried[index])
    if (now.join() !== tried.join() && !isEmptied) await inTurn(false)
    await work // of others who asked
    return current
  }

  const timer = setInterval(() => {
    const now = look().join()
    if (now !== settled && now === seen) void inTurn(true)
    seen = now
  }, intervalMs).unref()

  return { current: () => current, latest, reloadNow: () => inTurn(true), [Symbol.dispose]: () => clearInterval(timer) }
}

/** The stamp of a file that is not there or holds nothing: both mean the same. */
const EMPTY = 'empty'

function stampOf(path: string): string {
  let stats: Stats | undefined
  try {
    stats = statSync(path, { throwIfNoEntry: false })
  } catch {
    // As good as not there; loading says what is wrong with it.
  }
  return stats === undefined || stats.size === 0 ? EMPTY : `${stats.ino}:${stats.size}:${stats.mtimeMs}:${stats.ctimeMs}`
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
