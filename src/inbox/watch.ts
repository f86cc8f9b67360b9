import { lstatSync, readdirSync, type Stats } from 'node:fs'
import { sep } from 'node:path'
import { setImmediate as breathe, setTimeout as pause } from 'node:timers/promises'
import { wordsOf } from '../lib/words-of.ts'
import { Alarm } from './alarm.ts'
import { FolderHints } from './folder-hints.ts'
import { type InboxFolders, isTaskName } from './folders.ts'
import { noted } from './requeue.ts'
import { Sightings } from './sightings.ts'

/** A task file that has arrived: it was quiet for the settle time. */
export interface Arrival {
  readonly name: string
  readonly modified: Date
  /** When it came to lie there as it is; moving a file in does not change when it was modified. */
  readonly since: Date
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
const CALM_LOOK_MS = 10
const LENIENT = { throwIfNoEntry: false } as const
/** Milliseconds until everything is looked at again after a fault of ours. */
const AFTER_FAULT_MS = 1_000
/** More hints than this are cheaper to answer with one listing. */
const MANY_HINTS = 200

/** Watches `tasks/` for files. The listing is the truth; file events are only hints for where to look first. */
export class InboxWatch implements AsyncDisposable {
  readonly #options: WatchOptions
  readonly #listener: InboxListener
  readonly #hints: FolderHints
  readonly #hinted = new Set<string>()
  readonly #sightings: Sightings
  readonly #alarm = new Alarm(() => void this.look())
  /** Whether the next look is at everything; so it is from time to time in any case. */
  #full = true
  #rescanAt = 0
  /** The files beside which a note lay when a full look began that many are new to; undefined otherwise. */
  #noted: ReadonlySet<string> | undefined
  #looking: Promise<void> | undefined
  #started = false
  #closed = false

  constructor(options: WatchOptions, listener: InboxListener) {
    this.#options = options
    this.#listener = listener
    this.#hints = new FolderHints(options.folders, options.polling, {
      hint: (name) => this.#hint(name),
      problem: (message) => listener.problem(message),
    })
    this.#sightings = new Sightings(() => options.settleMs())
  }

  /** Settles when everything that was there at the start has been looked at. */
  async start(): Promise<void> {
    await this.#listen() // before the only look, so that nothing can come between the two
    await this.rescan()
    this.#started = true
  }

  /** Names that are there but not yet quiet. */
  get unsettled(): number {
    return this.#sightings.unsettled
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
    this.#alarm.stop()
    await this.#hints.close()
    await this.#looking
  }

  /** Settles when events of the folder are heard. */
  async #listen(): Promise<void> {
    try {
      await this.#hints.follow()
      await this.#hints.ready
    } catch {
      // the look meets the same fault and tells it
    }
  }

  #hint(name: string | undefined): void {
    if (this.#closed) return
    if (name === undefined) this.#full = true
    else if (isTaskName(name)) this.#hinted.add(name)
    else return
    this.#alarm.in(0)
  }

  /** Answers all hints so far; one look at a time. */
  look(): Promise<void> {
    this.#looking ??= this.#lookOnce()
      .catch((error: unknown) => {
        this.#rescanAt = Math.min(this.#rescanAt, performance.now() + AFTER_FAULT_MS)
        this.#listener.problem(`tasks/ cannot be looked at: ${wordsOf(error)}; trying on`)
      })
      .finally(() => {
        this.#looking = undefined
        if (!this.#closed) this.#planNext()
      })
    return this.#looking
  }

  #planNext(): void {
    if (this.#hinted.size > 0 || this.#full) this.#alarm.in(0)
    else this.#alarm.in(Math.min(this.#rescanAt, this.#sightings.nextDue) - performance.now())
  }

  async #lookOnce(): Promise<void> {
    if (this.#closed) return
    if (this.#hinted.size > MANY_HINTS || performance.now() >= this.#rescanAt) this.#full = true
    const names = new Set([...this.#hinted, ...this.#sightings.due()])
    this.#hinted.clear()
    if (this.#full) await this.#lookAtAll()
    else for (const name of names) this.#lookAt(name)
    if (!this.#closed) this.#listener.looked()
  }

  async #lookAtAll(): Promise<void> {
    this.#full = false
    this.#rescanAt = performance.now() + this.#options.rescanMs()
    try {
      await this.#hints.follow() // a watch on a folder that was removed or replaced is deaf
      const names = readdirSync(this.#options.folders.tasks).filter(isTaskName)
      for (const name of this.#sightings.missingIn(names)) this.#see(name, undefined)
      // Read after the names: a note is written before its file comes, so that none is missed.
      if (names.length - this.#sightings.size > MANY_HINTS) this.#noted = new Set(noted(this.#options.folders))
      for (const [index, name] of names.entries()) {
        if (this.#closed) return
        this.#lookAt(name)
        if (index % SLICE === SLICE - 1) await breathe()
      }
    } catch (error) {
      this.#listener.problem(`tasks/ cannot be listed: ${wordsOf(error)}`)
    } finally {
      this.#noted = undefined
    }
  }

  #lookAt(name: string): void {
    this.#see(name, statOf(this.#options.folders.tasks + sep + name))
  }

  /** No fault in dealing with one file keeps the others from being looked at; it is looked at again soon. */
  #see(name: string, stat: Stats | undefined): void {
    try {
      this.#tell(name, stat)
    } catch (error) {
      this.#sightings.see(name, undefined, false) // as if it had never been seen
      this.#rescanAt = Math.min(this.#rescanAt, performance.now() + AFTER_FAULT_MS)
      this.#listener.problem(`${name} cannot be dealt with: ${wordsOf(error)}; trying again`)
    }
  }

  #tell(name: string, stat: Stats | undefined): void {
    const sighting = this.#sightings.see(name, stat, !this.#started)
    if (sighting?.kind === 'odd') this.#listener.odd(name, sighting.what)
    else if (sighting?.kind === 'gone') this.#listener.gone(name)
    else if (sighting) {
      const { modified, since } = sighting
      this.#listener.arrived({ name, modified, since, unnoted: this.#noted?.has(name) === false })
    }
  }
}

function statOf(path: string): Stats | undefined {
  try {
    return lstatSync(path, LENIENT)
  } catch {
    return undefined // what cannot even be looked at is not there for us; the next rescan asks again
  }
}
