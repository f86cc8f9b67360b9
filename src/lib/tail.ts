import { closeSync, constants, fstatSync, lstatSync, openSync, readSync, type Stats } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { CUT_MARK } from './ndjson-lines.ts'

const CHUNK = 64 * 1024
const NEWLINE = 0x0a
const POLL_MS = 200
/** A pipe is not waited for, and a link not followed. */
const REGULAR = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)

/** Bytes of a line; of a longer one the beginning is given, with a mark at its end. */
const LONGEST_LINE = 1024 * 1024

/**
 * The lines of a file from its last one back, read as far as they are asked for, and no more than `mostBytes` of the file; a last line without an
 * end counts. No lines where there is no such regular file; throws the error of the file system for anything else.
 */
export function* linesFromEnd(path: string, mostBytes = Number.POSITIVE_INFINITY): Generator<string, void> {
  const file = open(path)
  if (file === undefined) {
    if (lstatSync(path, { throwIfNoEntry: false })?.isDirectory()) throw new Error(`EISDIR: ${path} is a directory`)
    return
  }
  const { fd, stats } = file
  try {
    const line = new LineParts()
    let start = stats.size
    while (start > 0 && stats.size - start < mostBytes) {
      const length = Math.min(CHUNK, start)
      start -= length
      const chunk = readAt(fd, start, length)
      // The very last newline ends the last line and begins none.
      let end = start + length === stats.size && chunk.at(-1) === NEWLINE ? chunk.length - 1 : chunk.length
      for (let at = lastNewline(chunk, end); at >= 0; at = lastNewline(chunk, end)) {
        line.putBefore(chunk.subarray(at + 1, end))
        yield line.take()
        end = at
      }
      line.putBefore(chunk.subarray(0, end))
    }
    if (start === 0 && stats.size > 0) yield line.take()
  } finally {
    closeSync(fd)
  }
}

/** The lines of a file from its first one on, under the conditions of `linesFromEnd`. */
export function* linesOf(path: string): Generator<string, void> {
  const reader = openReader(path, { fromEnd: false, losesMiddle: false })
  try {
    if (reader !== undefined) yield* reader.next()
  } finally {
    yield* reader?.end() ?? []
  }
}

/** How a file is followed. */
export interface FollowOptions {
  /** Ends the iteration. */
  readonly signal: AbortSignal
  /** Ends it once all that is there by then was read. */
  readonly until?: AbortSignal
  /** Whether none of the lines that are there at the start come. */
  readonly fromEnd?: boolean
  /** Whether a file that has become shorter has lost something in its middle: it is then followed from its end, else from its beginning. */
  readonly losesMiddle?: boolean
}

/**
 * The lines of a file as they come, until aborted: through rotation, truncation and deletion, and from before the file exists. A line
 * that has no end when its file is replaced is yielded as it is, and one that is too long is cut. It polls, since that works on every file
 * system, and reads piece by piece, however much has come.
 */
export async function* followLines(
  path: string,
  { signal, until, fromEnd = false, losesMiddle = false }: FollowOptions,
): AsyncGenerator<string, void> {
  let reader = openReader(path, { fromEnd, losesMiddle })
  try {
    while (!signal.aborted) {
      const isLast = until?.aborted === true
      // Looked at before reading: what was written until the file was replaced is still read from it.
      const there = lstatSync(path, { throwIfNoEntry: false })
      if (reader !== undefined) yield* reader.next()
      if (there === undefined || !there.isFile() || reader?.reads(there)) {
        if (isLast) break
        const waiting = until === undefined || until.aborted ? signal : AbortSignal.any([signal, until])
        await setTimeout(POLL_MS, undefined, { signal: waiting }).catch(() => undefined)
      } else {
        yield* reader?.end() ?? []
        reader = openReader(path, { fromEnd: false, losesMiddle })
      }
    }
    if (!signal.aborted) yield* reader?.end() ?? []
  } finally {
    reader?.end()
  }
}

/** Reads one open file on and on. */
interface Reader {
  /** The lines that have been completed since. */
  next(): Iterable<string>
  /** Whether this is the file that it reads. */
  reads(stats: Stats): boolean
  /** Closes the file; the line that has no end yet. */
  end(): readonly string[]
}

function openReader(
  path: string,
  { fromEnd, losesMiddle }: { readonly fromEnd: boolean; readonly losesMiddle: boolean },
): Reader | undefined {
  const file = open(path)
  if (file === undefined) return undefined
  const { fd, stats } = file
  const line = new LineParts()
  let position = fromEnd ? stats.size : 0
  let isOpen = true
  return {
    *next() {
      const { size } = fstatSync(fd)
      if (size < position) {
        position = losesMiddle ? size : 0
        line.take()
      }
      for (;;) {
        const chunk = readAt(fd, position, CHUNK)
        if (chunk.length === 0) return
        position += chunk.length
        let from = 0
        for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, from)) {
          line.putBehind(chunk.subarray(from, at))
          yield line.take()
          from = at + 1
        }
        line.putBehind(chunk.subarray(from))
      }
    },
    reads: ({ ino, dev }) => ino === stats.ino && dev === stats.dev,
    end() {
      if (!isOpen) return []
      isOpen = false
      closeSync(fd)
      return line.isEmpty ? [] : [line.take()]
    },
  }
}

/** The parts of a line, of which no more is kept than is given. */
class LineParts {
  #parts: Buffer[] = []
  #length = 0
  #isCut = false

  get isEmpty(): boolean {
    return this.#length === 0
  }

  putBehind(part: Buffer): void {
    const kept = part.subarray(0, LONGEST_LINE - this.#length)
    this.#isCut ||= kept.length < part.length
    if (kept.length > 0) this.#parts.push(kept)
    this.#length += kept.length
  }

  /** What is too much goes from the end. */
  putBefore(part: Buffer): void {
    if (part.length > 0) this.#parts.unshift(part)
    this.#length += part.length
    while (this.#length > LONGEST_LINE) {
      const last = this.#parts.pop() ?? Buffer.alloc(0)
      const kept = last.subarray(0, Math.max(0, last.length - (this.#length - LONGEST_LINE)))
      this.#length -= last.length - kept.length
      this.#isCut = true
      if (kept.length > 0) this.#parts.push(kept)
    }
  }

  take(): string {
    const text = Buffer.concat(this.#parts).toString()
    const line = this.#isCut ? text + CUT_MARK : text
    this.#parts = []
    this.#length = 0
    this.#isCut = false
    return line
  }
}

/** Before `end`; -1 where there is none. */
function lastNewline(chunk: Buffer, end: number): number {
  return end > 0 ? chunk.lastIndexOf(NEWLINE, end - 1) : -1
}

function readAt(fd: number, position: number, length: number): Buffer {
  const buffer = Buffer.allocUnsafe(length)
  return buffer.subarray(0, readSync(fd, buffer, 0, length, position))
}

function open(path: string): { readonly fd: number; readonly stats: Stats } | undefined {
  try {
    const fd = openSync(path, REGULAR)
    const stats = fstatSync(fd)
    if (stats.isFile()) return { fd, stats }
    closeSync(fd)
    return undefined
  } catch (error) {
    if (error instanceof Error && 'code' in error && ['ENOENT', 'ELOOP', 'ENXIO', 'ENOTDIR'].includes(String(error.code))) return undefined
    throw error
  }
}
