import {
  closeSync,
  fdatasync,
  fdatasyncSync,
  fstatSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  type Stats,
  statSync,
  writeSync,
} from 'node:fs'
import { dirname, format, parse } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { promisify } from 'node:util'
import { wordsOf } from './words-of.ts'

const syncData = promisify(fdatasync)

/** How an `AppendFile` behaves. */
export interface AppendFileOptions {
  /** Size at which the file becomes `name.1.ext` and a new one is begun. */
  readonly maxBytes: number
  /** How many earlier files are kept. */
  readonly keep: number
  /** Told once when writing fails, and once when it works again and lines were lost meanwhile. */
  onProblem(message: string): void
  /** Milliseconds between tries while writing fails. */
  readonly retryMs?: number
  /** Lines kept in memory while writing fails; what comes on top is lost, counted and reported. */
  readonly maxPending?: number
}

/**
 * A file of lines that only grows: every line is written at once on an open descriptor, and syncs are shared. The path is always the
 * current file: it is made again when it was deleted or replaced, rotated by size, and a line that a crash tore is ended.
 * Writing never throws; while the disk is full, lines wait in memory.
 */
export class AppendFile implements AsyncDisposable {
  readonly #path: string
  readonly #options: Required<AppendFileOptions>
  #open: { readonly fd: number; readonly stats: Stats } | undefined
  #pending: Buffer[] = []
  /** Bytes of the first pending line that are on disk already. */
  #written = 0
  #lost = 0
  #failing = false
  #unsynced = false
  #retry: NodeJS.Timeout | undefined
  #syncing: Promise<void> = Promise.resolve()
  #nextSync: Promise<void> | undefined
  #closed = false

  constructor(path: string, options: AppendFileOptions) {
    this.#path = path
    this.#options = { retryMs: 1_000, maxPending: 10_000, ...options }
  }

  /** Adds one line; `text` is without its end. Throws only after the file was closed. */
  append(text: string): void {
    if (this.#closed) throw new Error(`${this.#path} is closed`)
    if (this.#pending.length >= this.#options.maxPending) this.#lost += 1
    else this.#pending.push(Buffer.from(`${text}\n`))
    if (!this.#failing) this.#write()
  }

  /** Settles when all lines so far are on disk, or have been reported as a problem; never rejects. Calls of one moment share one sync. */
  flush(): Promise<void> {
    this.#nextSync ??= this.#syncSoon()
    return this.#nextSync
  }

  /** Writes and syncs what is left, and closes the file. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    if (this.#pending.length > 0) this.#write()
    clearTimeout(this.#retry)
    await this.flush()
    if (this.#pending.length > 0) this.#options.onProblem(`${this.#path}: ${this.#pending.length + this.#lost} lines are lost`)
    this.#release()
  }

  #write(): void {
    try {
      const fd = this.#current()
      for (let line = this.#pending[0]; line !== undefined; line = this.#pending[0]) {
        this.#unsynced = true
        this.#written += writeSync(fd, line, this.#written)
        if (this.#written < line.length) continue
        this.#pending.shift()
        this.#written = 0
      }
      this.#recovered()
    } catch (error) {
      this.#failed(error)
    }
  }

  /** The descriptor of the file that the path stands for now; opened, made again or rotated where needed. */
  #current(): number {
    const there = statSync(this.#path, { throwIfNoEntry: false })
    if (this.#open !== undefined && there !== undefined && isSame(this.#open.stats, there)) {
      if (there.size < this.#options.maxBytes || this.#written > 0 || !this.#rotate()) return this.#open.fd
    }
    this.#release()
    this.#written = 0
    mkdirSync(dirname(this.#path), { recursive: true })
    const fd = openSync(this.#path, 'a+', 0o600)
    this.#open = { fd, stats: fstatSync(fd) }
    endTornLine(fd, this.#open.stats.size)
    return fd
  }

  /** Moves the current file and its elders one number on; false where the system does not let it be renamed. */
  #rotate(): boolean {
    if (this.#open !== undefined) fdatasyncSync(this.#open.fd)
    const names = [this.#path, ...Array.from({ length: this.#options.keep }, (_, index) => numbered(this.#path, index + 1))]
    for (let index = names.length - 2; index >= 0; index -= 1) {
      const [from, to] = [names[index], names[index + 1]]
      if (from === undefined || to === undefined) continue
      try {
        renameSync(from, to)
      } catch {
        if (index === 0) return false
      }
    }
    return true
  }

  /** Closes the descriptor once no sync uses it any more, lest its number goes to another file meanwhile. */
  #release(): void {
    const fd = this.#open?.fd
    this.#open = undefined
    if (fd !== undefined) void this.#syncing.then(() => closeSync(fd))
  }

  async #syncSoon(): Promise<void> {
    await setImmediate()
    await this.#syncing
    this.#nextSync = undefined
    this.#syncing = this.#sync()
    await this.#syncing
  }

  async #sync(): Promise<void> {
    if (!this.#unsynced || this.#open === undefined) return
    this.#unsynced = false
    try {
      await syncData(this.#open.fd)
    } catch (error) {
      this.#failed(error)
    }
  }

  #failed(error: unknown): void {
    if (!this.#failing) this.#options.onProblem(`${this.#path} cannot be written: ${wordsOf(error)}`)
    this.#failing = true
    clearTimeout(this.#retry)
    if (!this.#closed) this.#retry = setTimeout(() => this.#write(), this.#options.retryMs).unref()
  }

  #recovered(): void {
    if (!this.#failing) return
    this.#failing = false
    if (this.#lost > 0) this.#options.onProblem(`${this.#path} can be written again; ${this.#lost} lines were lost`)
    this.#lost = 0
  }
}

function isSame(one: Stats, other: Stats): boolean {
  return one.ino === other.ino && one.dev === other.dev
}

function numbered(path: string, number: number): string {
  const { dir, name, ext } = parse(path)
  return format({ dir, name: `${name}.${number}`, ext })
}

function endTornLine(fd: number, size: number): void {
  const last = Buffer.alloc(1)
  if (size > 0 && readSync(fd, last, 0, 1, size - 1) === 1 && last[0] !== 0x0a) writeSync(fd, '\n')
}
