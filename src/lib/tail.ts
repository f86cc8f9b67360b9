import { closeSync, fstatSync, openSync, readSync, type Stats, statSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'

const CHUNK = 64 * 1024
const NEWLINE = 0x0a
const POLL_MS = 200

/**
 * The last `count` lines of a file, oldest first, read from its end; a last line without an end counts. No lines where there is no
 * such file; throws the error of the file system for anything else.
 */
export function readLastLines(path: string, count: number): readonly string[] {
  const file = open(path)
  if (file === undefined) return []
  try {
    return linesOf(readBack(file.fd, file.stats.size, count))
  } finally {
    closeSync(file.fd)
  }
}

/** How a file is followed. */
export interface FollowOptions {
  /** Ends the iteration. */
  readonly signal: AbortSignal
  /** Which of the lines that are there at the start come first: with true none, with a number the last so many, else all. */
  readonly fromEnd?: boolean | number
}

/**
 * The lines of a file as they come, until aborted: through rotation, truncation and deletion, and from before the file exists. A line
 * that has no end when its file is replaced is yielded as it is. It polls, since that works on every file system.
 */
export async function* followLines(path: string, { signal, fromEnd = false }: FollowOptions): AsyncGenerator<string, void> {
  const linesBefore = fromEnd === false ? Number.POSITIVE_INFINITY : Number(fromEnd !== true && fromEnd)
  let reader = openReader(path, linesBefore)
  try {
    while (!signal.aborted) {
      // Looked at before reading: what was written until the file was replaced is still read from it.
      const there = statSync(path, { throwIfNoEntry: false })
      if (reader !== undefined) yield* reader.next()
      if (there === undefined || reader?.reads(there)) {
        await setTimeout(POLL_MS, undefined, { signal }).catch(() => undefined)
      } else {
        yield* reader?.end() ?? []
        reader = openReader(path, Number.POSITIVE_INFINITY)
      }
    }
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

function openReader(path: string, linesBefore: number): Reader | undefined {
  const file = open(path)
  if (file === undefined) return undefined
  const { fd, stats } = file
  let position = Number.isFinite(linesBefore) ? stats.size : 0
  let rest = Number.isFinite(linesBefore) ? readBack(fd, position, linesBefore) : Buffer.alloc(0)
  return {
    *next() {
      if (fstatSync(fd).size < position) [position, rest] = [0, Buffer.alloc(0)]
      for (;;) {
        const chunk = readAt(fd, position, CHUNK)
        position += chunk.length
        const all = Buffer.concat([rest, chunk])
        const end = all.lastIndexOf(NEWLINE) + 1
        rest = all.subarray(end)
        yield* linesOf(all.subarray(0, end))
        if (chunk.length === 0) return
      }
    },
    reads: ({ ino, dev }) => ino === stats.ino && dev === stats.dev,
    end() {
      closeSync(fd)
      return linesOf(rest)
    },
  }
}

/** The bytes of the last `count` lines before `size`. */
function readBack(fd: number, size: number, count: number): Buffer {
  const chunks: Buffer[] = []
  let missing = count
  for (let start = size; start > 0 && missing > 0; ) {
    const length = Math.min(CHUNK, start)
    start -= length
    const chunk = readAt(fd, start, length)
    chunks.unshift(chunk)
    // The very last newline ends the last line and begins none.
    for (let at = start + length === size ? length - 2 : length - 1; at >= 0 && missing > 0; at -= 1) {
      at = chunk.lastIndexOf(NEWLINE, at)
      if (at < 0) break
      missing -= 1
      if (missing === 0) chunks[0] = chunk.subarray(at + 1)
    }
  }
  return Buffer.concat(chunks)
}

function readAt(fd: number, position: number, length: number): Buffer {
  const buffer = Buffer.allocUnsafe(length)
  return buffer.subarray(0, readSync(fd, buffer, 0, length, position))
}

function linesOf(bytes: Buffer): readonly string[] {
  return bytes.length === 0 ? [] : bytes.toString().replace(/\n$/, '').split('\n')
}

function open(path: string): { readonly fd: number; readonly stats: Stats } | undefined {
  try {
    const fd = openSync(path, 'r')
    return { fd, stats: fstatSync(fd) }
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}
