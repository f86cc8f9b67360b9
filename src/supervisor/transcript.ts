import { appendFileSync, closeSync, fstatSync, mkdirSync, openSync, readSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { wordsOf } from '../lib/words-of.ts'
import { type CutMark, cutMiddle } from './cut-middle.ts'

const FLUSH_LENGTH = 65_536
const FLUSH_MS = 100
const MIB = 1024 * 1024

/** How much of an output is kept, in bytes; whoever prints without end shall not fill the disk. */
interface TranscriptLimits {
  /** Of the file, before its middle is left out. */
  readonly most: number
  /** What then stays of its beginning and of its end. */
  readonly head: number
  readonly tail: number
  /** Characters of a line; a longer one is left out. */
  readonly longestLine: number
}

const LIMITS: TranscriptLimits = { most: 64 * MIB, head: 32 * MIB, tail: 16 * MIB, longestLine: MIB }

/** As a line of JSON, so that a stream of JSON stays one. */
const JSON_MARK: CutMark = {
  write: ({ lines, bytes }) => JSON.stringify({ type: 'orchestrator', subtype: 'cut', omitted_lines: lines, omitted_bytes: bytes }),
  read(line) {
    const [, lines, bytes] = /^\{"type":"orchestrator","subtype":"cut","omitted_lines":(\d+),"omitted_bytes":(\d+)\}$/.exec(line) ?? []
    return lines === undefined ? undefined : { lines: Number(lines), bytes: Number(bytes) }
  },
}

/** As a line of text, for what is no JSON. */
export const TEXT_MARK: CutMark = {
  write: ({ lines, bytes }) => `[… ${lines} lines, ${bytes} bytes left out here]`,
  read(line) {
    const [, lines, bytes] = /^\[… (\d+) lines, (\d+) bytes left out here\]$/.exec(line) ?? []
    return lines === undefined ? undefined : { lines: Number(lines), bytes: Number(bytes) }
  },
}

/**
 * The raw output of an agent, line by line, appended to a file that is made at the first line. Lines are written in batches, at
 * the latest after 100 ms, and never synced: a transcript is for reading up, not for recovery. Of one that grows beyond its limits the
 * middle is left out, and a mark says how much. Writing fails at most once and quietly: `problem` tells, and the rest is dropped.
 */
export class Transcript {
  readonly #path: string
  #fd: number | undefined
  #lines: string[] = []
  #length = 0
  #timer: NodeJS.Timeout | undefined
  #problem: string | undefined

  readonly #mark: CutMark
  readonly #limits: TranscriptLimits

  constructor(path: string, mark: CutMark = JSON_MARK, limits: TranscriptLimits = LIMITS) {
    this.#path = path
    this.#mark = mark
    this.#limits = limits
  }

  /** Why lines are missing, if they are. */
  get problem(): string | undefined {
    return this.#problem
  }

  /** Takes a line whose secrets are masked. */
  write(line: string): void {
    if (this.#problem !== undefined) return
    const isTooLong = line.length > this.#limits.longestLine
    const kept = isTooLong ? this.#mark.write({ lines: 1, bytes: Buffer.byteLength(line) }) : line
    this.#lines.push(`${kept}\n`)
    this.#length += kept.length
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
    const text = Buffer.from(this.#lines.join(''))
    this.#lines = []
    this.#length = 0
    try {
      this.#fd ??= openForAppend(this.#path)
      appendFileSync(this.#fd, text)
      if (fstatSync(this.#fd).size > this.#limits.most) cutMiddle(this.#path, this.#limits, this.#mark)
    } catch (error) {
      this.#problem = `The transcript is incomplete: ${wordsOf(error)}`
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
