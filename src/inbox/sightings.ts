import type { Stats } from 'node:fs'

/** What a look at a name tells that was not known before. */
export type Sighting =
  /** A file that was quiet for the settle time. */
  | { readonly kind: 'arrived'; readonly modified: Date; readonly since: Date }
  /** One that had arrived is not there any more, or is being written again. */
  | { readonly kind: 'gone' }
  /** It is no regular file. */
  | { readonly kind: 'odd'; readonly what: string }

/** An empty file is one that somebody has just begun to write; it has to be quiet for so long. Milliseconds. */
const EMPTY_SETTLE_MS = 1_000

/** What tells whether a file is still as it was. */
type Known = Pick<Stats, 'ino' | 'size' | 'mtimeMs' | 'ctimeMs'>

/** Remembers what was seen of each name in a folder, and tells what is new; a file counts only once it is quiet. */
export class Sightings {
  readonly #settleMs: () => number
  readonly #known = new Map<string, Known>()
  /** Those of them that are not yet quiet, and when they will have been for long enough, by the clock that nobody can set. */
  readonly #settling = new Map<string, number>()

  /** The settle time is read at each use; milliseconds. */
  constructor(settleMs: () => number) {
    this.#settleMs = settleMs
  }

  /** Names that are there. */
  get size(): number {
    return this.#known.size
  }

  /** Names that are there but not yet quiet. */
  get unsettled(): number {
    return this.#settling.size
  }

  /** When the next of them may be quiet, by `performance.now()`; infinity where there is none. */
  get nextDue(): number {
    let next = Number.POSITIVE_INFINITY
    for (const due of this.#settling.values()) if (due < next) next = due
    return next
  }

  /** Those that may be quiet by now. */
  due(): readonly string[] {
    const now = performance.now()
    return [...this.#settling].flatMap(([name, due]) => (due <= now ? [name] : []))
  }

  /** The names that were seen and are not among these. */
  missingIn(names: readonly string[]): readonly string[] {
    if (this.#known.size === 0) return []
    const present = new Set(names)
    return [...this.#known.keys()].filter((name) => !present.has(name))
  }

  /** Takes in how a name looks now; undefined where it is not there. `wasThere` when it came before anybody looked. */
  see(name: string, stat: Stats | undefined, wasThere: boolean): Sighting | undefined {
    if (!stat) {
      this.#settling.delete(name)
      return this.#known.delete(name) ? { kind: 'gone' } : undefined
    }
    const known = this.#known.get(name)
    const isSame = known !== undefined && isUnchanged(known, stat)
    const settling = this.#settling.get(name)
    if (isSame && settling === undefined) return undefined
    if (!isSame) this.#known.set(name, { ino: stat.ino, size: stat.size, mtimeMs: stat.mtimeMs, ctimeMs: stat.ctimeMs })
    this.#settling.delete(name)
    if (!stat.isFile()) return { kind: 'odd', what: kindOf(stat) }
    const now = performance.now()
    const due = isSame && settling !== undefined ? settling : now + this.#untilQuiet(stat, wasThere)
    if (due <= now) return { kind: 'arrived', modified: stat.mtime, since: stat.ctime }
    this.#settling.set(name, due)
    return known && settling === undefined ? { kind: 'gone' } : undefined
  }

  /** Milliseconds; less than none for a file that was quiet for longer than it must be. */
  #untilQuiet({ size, ctimeMs, mtimeMs }: Stats, wasThere: boolean): number {
    const settle = Math.max(this.#settleMs(), size === 0 ? EMPTY_SETTLE_MS : 0)
    // The clock of a network disk may differ from ours, so a file that comes is measured by its own: moving it in changes its ctime.
    return settle - Math.max(0, (wasThere ? Date.now() : ctimeMs) - mtimeMs)
  }
}

function isUnchanged(known: Known, stat: Stats): boolean {
  return known.ino === stat.ino && known.size === stat.size && known.mtimeMs === stat.mtimeMs && known.ctimeMs === stat.ctimeMs
}

function kindOf(stat: Stats): string {
  if (stat.isDirectory()) return 'a directory'
  if (stat.isSymbolicLink()) return 'a symbolic link'
  if (stat.isFIFO()) return 'a named pipe'
  if (stat.isSocket()) return 'a socket'
  return 'a device'
}
