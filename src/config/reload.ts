import { type Stats, statSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import { wordsOf } from '../lib/words-of.ts'
import type { Environment } from './environment.ts'
import { homePaths } from './home.ts'
import { type ConfigSources, loadConfig } from './load.ts'
import { narrow } from './narrowing.ts'
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
  /** What of an edit waits until a person reloads it; told once for each edit. */
  onWaiting?(waiting: readonly string[]): void
  /** Whether what could write the files may still be running; asked at a reload, which all that is edited later waits for again if so. */
  isReachable?(): boolean
  /** Milliseconds between two looks. */
  readonly intervalMs?: number
}

/** What reading everything again came to. */
export type ReloadOutcome =
  | { readonly ok: true; readonly changed: readonly string[] }
  | { readonly ok: false; readonly problems: readonly Problem[] }

/** The configuration of this moment, kept up with its files. */
export interface LiveConfig extends Disposable {
  current(): Config
  /** The configuration with an edit of this very moment taken in, unless its file is empty, gone or broken. Costs two stat calls where nothing was edited. */
  latest(): Promise<Config>
  /** Reads everything again now, edited or not, takes in all of it, and tells about it as for an edit. Only for a person who asks for it. */
  reloadNow(): Promise<ReloadOutcome>
  /** Something was started that could write the files: what is edited from now on may have been edited by it, and only what narrows holds at once. */
  uncontained(): void
  /** What of the edits waits for `reloadNow` or a restart, by name. */
  waiting(): readonly string[]
}

/** Who is to be trusted with what is read: a file that may be cut off, one that has settled, or a person who says that it is right. */
type Reading = 'hasty' | 'settled' | 'asked'

/**
 * Watches `.env` and `config/orchestrator.yaml` by looking at both every second: two stat calls see every way to save, a file that
 * appears later and network mounts, which file events do not. An edit is read once it has been the same for two looks, since an
 * editor's file is empty or cut off for a moment; who asks for the latest has it read before. The timer keeps no process alive.
 */
export function watchConfig({
  initial,
  onChange,
  onBroken,
  onWaiting = () => {},
  isReachable = () => false,
  intervalMs = 1_000,
  ...sources
}: ReloadOptions): LiveConfig {
  const paths = homePaths(sources.home)
  const look = () => [paths.env, paths.yaml].map(stampOf)
  let current = initial
  let broken = false
  let reached = false
  let waiting: readonly string[] = []
  let told: Config | undefined
  let tried = look()
  let settled = tried.join()
  let seen = settled
  let work: Promise<unknown> = Promise.resolve()

  async function load(reading: Reading): Promise<ReloadOutcome> {
    tried = look()
    if (reading !== 'hasty') settled = tried.join()
    const mayWiden = reading === 'asked' || !reached
    const outcome = await loadConfig(sources)
    if (reading === 'hasty' && !(outcome.ok && look().join() === tried.join())) return { ok: false, problems: [] } // perhaps read in mid-write
    if (!outcome.ok) {
      broken = true
      waiting = []
      told = undefined
      onBroken(outcome.problems)
      return outcome
    }
    if (reading === 'asked') reached &&= isReachable()
    return { ok: true, changed: take(outcome.config, mayWiden) }
  }

  function take(edited: Config, mayWiden: boolean): readonly string[] {
    const next = mayWiden ? { config: edited, waiting: [] } : narrow(current, edited)
    const changed = changes(current, next.config)
    const mended = broken
    broken = false
    current = next.config
    waiting = next.waiting
    if (changed.length > 0 || mended) onChange({ config: current, changed })
    if (waiting.length > 0 && !(told && saysTheSame(told, edited))) onWaiting(waiting)
    told = waiting.length > 0 ? edited : undefined
    return changed
  }

  function inTurn(reading: Reading): Promise<ReloadOutcome> {
    const loaded = work.then(() => load(reading))
    work = loaded.catch(() => undefined)
    return loaded
  }

  async function latest(): Promise<Config> {
    const now = look()
    const isEmptied = now.some((stamp, index) => stamp === EMPTY && stamp !== tried[index])
    if (now.join() !== tried.join() && !isEmptied) await inTurn('hasty')
    await work // of others who asked
    return current
  }

  /** A fault of ours, or one of whoever is told, ends nothing: the files are read again at the next look. */
  function onFault(error: unknown): void {
    settled = ''
    const message = wordsOf(error)
    if (message === fault) return
    fault = message
    onBroken([{ where: 'the configuration', message: `cannot be read: ${message}` }])
  }

  let fault: string | undefined
  const timer = setInterval(() => {
    const now = look().join()
    if (now !== settled && now === seen) inTurn('settled').catch(onFault)
    seen = now
  }, intervalMs).unref()

  return {
    current: () => current,
    latest,
    reloadNow: () => inTurn('asked'),
    uncontained: () => {
      reached = true
    },
    waiting: () => waiting,
    [Symbol.dispose]: () => clearInterval(timer),
  }
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

/** Whether two edits ask for the same, however they are written: one edit may be read twice. */
function saysTheSame(one: Config, other: Config): boolean {
  return changes(one, other).length === 0
}

function otherNames(before: Environment, after: Environment): readonly string[] {
  const known: ReadonlySet<string> = new Set(SETTING_NAMES)
  const names = Object.keys({ ...before, ...after })
  return names.filter((name) => !known.has(name) && before[name] !== after[name])
}
