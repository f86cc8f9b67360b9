import { appendFileSync, closeSync, fstatSync, mkdirSync, openSync, readSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'

const FLUSH_LENGTH = 65_536
const FLUSH_MS = 100

/**
 * The raw output of an agent, line by line, appended to a file that is made at the first line. Lines are written in batches, at
 * the latest after 100 ms, and never synced: a transcript is for reading up, not for recovery. Writing fails at most once and
 * quietly: `problem` tells, and the rest is dropped.
 */
export class Transcript {
  readonly #path: string
  readonly #redact: (line: string) => string
  #fd: number | undefined
  #lines: string[] = []
  #length = 0
  #timer: NodeJS.Timeout | undefined
  #problem: string | undefined

  /** Characters that may still come. */
  #room: number

  constructor(path: string, redact: (line: string) => string, longest = Number.POSITIVE_INFINITY) {
    this.#path = path
    this.#redact = redact
    this.#room = longest
  }

  /** Why lines are missing, if they are. */
  get problem(): string | undefined {
    return this.#problem
  }

  write(line: string): void {
    if (this.#problem !== undefined || this.#room < 0) return
    this.#room -= line.length + 1
    this.#lines.push(this.#room < 0 ? '[… the rest is not kept]\n' : `${this.#redact(line)}\n`)
    this.#length += line.length
    if (this.#length >= FLUSH_LENGTH) this.#flush()
    else this.#timer ??= setTimeout(() => this.#flush(), FLUSH_MS)
  }

  /** Writes what is left; nothing may be written afterwards. */
  close(): void {
    this.#flush()
    if (this.#fd !== undefined) closeSync(this.#fd)
    this.#fd = undefined
  }

  #flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#lines.length === 0) return
    const text = this.#lines.join('')
    this.#lines = []
    this.#length = 0
    try {
      this.#fd ??= openForAppend(this.#path)
      appendFileSync(this.#fd, text)
    } catch (error) {
      this.#problem = `The transcript is incomplete: ${error instanceof Error ? error.message : error}`
    }
  }
}

/** Ends a line that an earlier attempt could not finish. */
function openForAppend(path: string): number {
  mkdirSync(dirname(path), { recursive: true })
  const fd = openSync(path, 'a+', 0o600)
  const { size } = fstatSync(fd)
  const last = Buffer.alloc(1)
  if (size > 0 && readSync(fd, last, 0, 1, size - 1) === 1 && last.toString() !== '\n') writeSync(fd, '\n')
  return fd
}
