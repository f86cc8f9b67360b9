import { lstatSync, readdirSync, type Stats } from 'node:fs'
import { sep } from 'node:path'
import { setImmediate as breathe, setTimeout as pause } from 'node:timers/promises'
import { type InboxFolders, isTaskName, makeFolders } from './folders.ts'
import { type Hints, listenForHints } from './hints.ts'
import { noted } from './requeue.ts'

/** A task file that has arrived: it was quiet for the settle time. */
export interface Arrival {
  readonly name: string
  readonly modified: Date
  /** True where it is known that no note lies beside it which says that it is a further run. */
  readonly unnoted?: boolean
}

/** What the watch tells; calls come one at a time, and a changed file arrives again. */
export interface InboxListener {
  arrived(file: Arrival): void
  /** A file that had arrived is not there any more, or is being written again. */
  gone(name: string): void
  /** Everything that was hinted at so far has been looked at. */
  looked(): void
  /** An entry with the name of a task that is no regular file. */
  odd(name: string, what: string): void
  problem(message: string): void
}

export interface WatchOptions {
  readonly folders: InboxFolders
  readonly polling: boolean
  /** Read at each use, so that a reload of the configuration holds at once. Milliseconds. */
  settleMs(): number
  rescanMs(): number
}

/** Entries looked at before the event loop gets its turn. */
const SLICE = 100
/** An empty file is one that somebody has just begun to write; it has to be quiet for so long. Milliseconds. */
const EMPTY_SETTLE_MS = 1_000
const CALM_LOOK_MS = 10
const LENIENT = { throwIfNoEntry: false } as const
/** More hints than this are cheaper to answer with one listing. */
const MANY_HINTS = 200

/** What tells whether a file is still as it was. */
type Known = Pick<Stats, 'ino' | 'size' | 'mtimeMs' | 'ctimeMs'>

/** Watches `tasks/` for files. The listing is the truth; file events are only hints for where to look first. */
export class InboxWatch implements AsyncDisposable {
  readonly #options: WatchOptions
  readonly #listener: InboxListener
  readonly #known = new Map<string, Known>()
  /** Those of them that are not yet quiet, and when they will have been for long enough, by the clock that nobody can set. */
  readonly #settling = new Map<string, number>()
  /** The files beside which a note lay when a full look began that many are new to; undefined otherwise. */
  #noted: ReadonlySet<string> | undefined
  readonly #hinted = new Set<string>()
  #hints: Hints | undefined
  #folder = ''
  #polling: boolean
  #full = true
  #timer: NodeJS.Timeout | undefined
  #timerDue = Number.POSITIVE_INFINITY
  #rescanAt = 0
  #looking: Promise<void> | undefined
  #started = false
  #closed = false

  constructor(options: WatchOptions, listener: InboxListener) {
    this.#options = options
    this.#listener = listener
    this.#polling = options.polling
  }

  /** Settles when everything that was there at the start has been looked at. */
  async start(): Promise<void> {
    await this.#listen() // before the only look, so that nothing can come between the two
    this.#full = true
    await this.look()
    this.#started = true
  }

  /** Names that are there but not yet quiet. */
  get unsettled(): number {
    return this.#settling.size
  }

  /** Settles when every file is quiet, at the latest after twice the settle time: what is written for longer comes when it comes. */
  async calm(): Promise<void> {
    const latest = performance.now() + 2 * this.#options.settleMs()
    while (this.unsettled > 0 && performance.now() < latest) await pause(CALM_LOOK_MS)
  }

  /** Looks at everything now instead of at the next rescan. */
  async rescan(): Promise<void> {
    this.#full = true
    await this.look()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true
    clearTimeout(this.#timer)
    await this.#hints?.close()
    await this.#looking
  }

  /** Answers all hints so far; one look at a time. */
  look(): Promise<void> {
    this.#looking ??= this.#lookOnce().finally(() => {
      this.#looking = undefined
      if (this.#hinted.size > 0 || this.#full) this.#wakeIn(0)
      else this.#plan()
    })
    return this.#looking
  }

  async #lookOnce(): Promise<void> {
    if (this.#closed) return
    const now = performance.now()
    if (this.#hinted.size > MANY_HINTS || now >= this.#rescanAt) this.#full = true
    for (const [name, due] of this.#settling) if (due <= now) this.#hinted.add(name)
    const names = [...this.#hinted]
    this.#hinted.clear()
    if (this.#full) await this.#lookAtAll()
    else for (const name of names) this.#inspect(name)
    if (!this.#closed) this.#listener.looked()
  }

  async #lookAtAll(): Promise<void> {
    this.#full = false
    this.#rescanAt = performance.now() + this.#options.rescanMs()
    try {
      await this.#followFolder()
      const names = readdirSync(this.#options.folders.tasks).filter(isTaskName)
      this.#forgetAllBut(names)
      // Read after the names: a note is written before its file comes, so that none is missed.
      if (names.length - this.#known.size > MANY_HINTS) this.#noted = new Set(noted(this.#options.folders))
      for (const [index, name] of names.entries()) {
        if (this.#closed) return
        this.#inspect(name)
        if (index % SLICE === SLICE - 1) await breathe()
      }
    } catch (error) {
      this.#listener.problem(`tasks/ cannot be listed: ${error instanceof Error ? error.message : String(error)}`)
    } finally {
      this.#noted = undefined
    }
  }

  #forgetAllBut(names: readonly string[]): void {
    if (this.#known.size === 0) return
    const present = new Set(names)
    for (const name of this.#known.keys()) if (!present.has(name)) this.#forget(name)
  }

  /** Settles when events of the folder are heard. */
  async #listen(): Promise<void> {
    try {
      await this.#followFolder()
      await this.#hints?.ready
    } catch {
      // the look meets the same fault and tells it
    }
  }

  /** A watch on a folder that was removed or replaced is deaf, so each full look compares what it is. */
  async #followFolder(): Promise<void> {
    const path = this.#options.folders.tasks
    makeFolders(this.#options.folders)
    const stat = lstatSync(path)
    const folder = `${stat.dev}:${stat.ino}:${stat.birthtimeMs}`
    if (folder === this.#folder) return
    if (this.#folder !== '') this.#listener.problem('tasks/ was replaced by another directory; watching that one now')
    this.#folder = folder
    await this.#hints?.close()
    this.#hints = listenForHints(path, this.#polling, {
      hint: (name) => this.#hint(name),
      limit: (code) => {
        this.#polling = true
        this.#folder = ''
        this.#full = true
        this.#listener.problem(`the system's limit of file watches is reached (${code}): polling tasks/ instead`)
        this.#wakeIn(0)
      },
    })
    void this.#hints.ready.then(() => this.#hint(undefined)) // what came before the watch stood gave no event
  }

  #hint(name: string | undefined): void {
    if (this.#closed) return
    if (name === undefined) this.#full = true
    else if (isTaskName(name)) this.#hinted.add(name)
    else return
    this.#wakeIn(0)
  }

  #inspect(name: string): void {
    const stat = this.#stat(name)
    if (!stat) {
      this.#forget(name)
      return
    }
    const known = this.#known.get(name)
    const isSame = known !== undefined && isUnchanged(known, stat)
    const settling = this.#settling.get(name)
    if (isSame && settling === undefined) return
    if (!isSame) this.#known.set(name, { ino: stat.ino, size: stat.size, mtimeMs: stat.mtimeMs, ctimeMs: stat.ctimeMs })
    this.#settling.delete(name)
    if (!stat.isFile()) {
      this.#listener.odd(name, kindOf(stat))
      return
    }
    const now = performance.now()
    const settle = Math.max(this.#options.settleMs(), stat.size === 0 ? EMPTY_SETTLE_MS : 0)
    // The clock of a network disk may differ from ours, so a file that comes is measured by its own: moving it in changes its ctime.
    const quiet = Math.max(0, (this.#started ? stat.ctimeMs : Date.now()) - stat.mtimeMs)
    const due = isSame && settling !== undefined ? settling : now - quiet + settle
    if (due <= now) {
      this.#listener.arrived({ name, modified: stat.mtime, unnoted: this.#noted?.has(name) === false })
      return
    }
    this.#settling.set(name, due)
    if (known && settling === undefined) this.#listener.gone(name)
  }

  #stat(name: string): Stats | undefined {
    try {
      return lstatSync(this.#options.folders.tasks + sep + name, LENIENT)
    } catch {
      return undefined // what cannot even be looked at is not there for us; the next rescan asks again
    }
  }

  #forget(name: string): void {
    this.#settling.delete(name)
    if (this.#known.delete(name)) this.#listener.gone(name)
  }

  #plan(): void {
    let next = this.#rescanAt
    for (const due of this.#settling.values()) if (due < next) next = due
    this.#wakeIn(next - performance.now())
  }

  #wakeIn(delayMs: number): void {
    if (this.#closed) return
    const due = performance.now() + Math.max(delayMs, 0)
    if (this.#timer && this.#timerDue <= due) return
    clearTimeout(this.#timer)
    this.#timerDue = due
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined
        void this.look()
      },
      Math.max(delayMs, 1),
    )
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
