import { closeSync, fstatSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs'

const CHUNK = 256 * 1024
const NEWLINE = 0x0a

/** How much was left out. */
export interface Omitted {
  readonly lines: number
  readonly bytes: number
}

/** The line that stands in the place of what was left out. */
export interface CutMark {
  write(omitted: Omitted): string
  /** Undefined for any other line. */
  read(line: string): Omitted | undefined
}

/**
 * Leaves out the middle of a file of lines: of its beginning and of its end stay as many whole lines as have so many bytes, with a mark
 * between them that counts what was left out, earlier times included. What stays is written over what goes before the file becomes shorter:
 * whoever is killed meanwhile loses no more than that. Throws the error of the file system.
 */
export function cutMiddle(path: string, kept: { readonly head: number; readonly tail: number }, mark: CutMark): void {
  const fd = openSync(path, 'r+')
  try {
    const { size } = fstatSync(fd)
    const begin = beginOfLine(fd, kept.head)
    const end = Math.max(begin, endOfLine(fd, Math.max(0, size - kept.tail)))
    const line = Buffer.from(`${mark.write(omittedIn(fd, begin, end, mark))}\n`)
    if (end - begin <= line.length) return
    let at = begin + writeSync(fd, line, 0, line.length, begin)
    for (let from = end; from < size; ) {
      const chunk = readAt(fd, from, CHUNK)
      if (chunk.length === 0) break
      from += chunk.length
      at += writeSync(fd, chunk, 0, chunk.length, at)
    }
    ftruncateSync(fd, at)
  } finally {
    closeSync(fd)
  }
}

/** What lies between two places; a mark there stands for what it counts. */
function omittedIn(fd: number, begin: number, end: number, mark: CutMark): Omitted {
  const first = readAt(fd, begin, CHUNK)
  const lineEnd = first.indexOf(NEWLINE) + 1
  const earlier = mark.read(first.subarray(0, Math.max(0, lineEnd - 1)).toString())
  const from = earlier ? begin + lineEnd : begin
  return { lines: (earlier?.lines ?? 0) + linesBetween(fd, from, end), bytes: (earlier?.bytes ?? 0) + Math.max(0, end - from) }
}

function linesBetween(fd: number, begin: number, end: number): number {
  let count = 0
  for (let from = begin; from < end; from += CHUNK) {
    const chunk = readAt(fd, from, Math.min(CHUNK, end - from))
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, at + 1)) count += 1
  }
  return count
}

/** Where the line begins that goes over a place; 0 where that is the first. */
function beginOfLine(fd: number, place: number): number {
  for (let end = place; end > 0; end -= CHUNK) {
    const start = Math.max(0, end - CHUNK)
    const at = readAt(fd, start, end - start).lastIndexOf(NEWLINE)
    if (at >= 0) return start + at + 1
  }
  return 0
}

/** Where the line ends that goes over a place, or the file. */
function endOfLine(fd: number, place: number): number {
  for (let from = place; ; from += CHUNK) {
    const chunk = readAt(fd, from, CHUNK)
    const at = chunk.indexOf(NEWLINE)
    if (at >= 0) return from + at + 1
    if (chunk.length < CHUNK) return from + chunk.length
  }
}

function readAt(fd: number, position: number, length: number): Buffer {
  const buffer = Buffer.allocUnsafe(length)
  return buffer.subarray(0, readSync(fd, buffer, 0, length, position))
}
