import { printable } from '../lib/printable.ts'

/** The most that is kept, in bytes of UTF-8, with what is said of the rest. */
export const KEPT_BYTES = 4096

/** Left free for the line that says what is missing, and for one that says how it ended. */
const NOTE_BYTES = 160

/** Characters that are looked at for it: what only colours or moves the cursor may take up some of them. */
const LOOKED_AT = 16 * KEPT_BYTES

/** How a text begins that is only the end of one. */
export const CUT_NOTE = /^\[… .* before this\]/

/** The end of an output as a person reads it, while it comes: whole lines without control sequences, in bounded memory. */
export class OutputEnd {
  readonly #room: number
  #lines: Line[] = []
  #length = 0
  #dropped = 0

  constructor(keptBytes = KEPT_BYTES) {
    this.#room = keptBytes - NOTE_BYTES
  }

  /** One more line, without its end. Cheap, since most of them are never read. */
  add(line: string): void {
    const cut = Math.max(0, line.length - LOOKED_AT)
    // A copy, since a slice would keep the whole line in memory.
    this.#lines.push({ raw: cut > 0 ? Buffer.from(line.slice(cut)).toString() : line, cut })
    this.#length += line.length - cut + 1
    if (this.#length > 2 * LOOKED_AT) this.#forget()
  }

  /** What is kept; begins with a line of its own that says how much came before it, if anything did. */
  text(): string {
    const kept: string[] = []
    let bytes = 0
    let before = this.#lines.length
    let missing = 0
    for (const { raw, cut } of this.#lines.toReversed()) {
      const line = asShown(raw)
      if (kept.length > 0 || line !== '') {
        const end = lastBytes(line, this.#room - 1)
        // A carriage return took back what came long before it.
        const lacks = (raw.includes('\r') ? 0 : cut) + line.length - end.length
        bytes += Buffer.byteLength(end) + 1
        if (kept.length > 0 && (lacks > 0 || bytes > this.#room)) break
        kept.unshift(end)
        missing = lacks
      }
      before -= 1
      if (missing > 0) break
    }
    const parts = [counted(this.#dropped + before, 'line'), counted(missing, 'character')].filter((part) => part !== '')
    return [...(parts.length === 0 ? [] : [`[… ${parts.join(' and ')} before this]`]), ...kept].join('\n')
  }

  #forget(): void {
    let count = 0
    for (const { raw } of this.#lines) {
      if (this.#length <= LOOKED_AT || count === this.#lines.length - 1) break
      this.#length -= raw.length + 1
      count += 1
    }
    this.#lines = this.#lines.slice(count)
    this.#dropped += count
  }
}

/** A line as it came, and how many characters were cut off its beginning. */
interface Line {
  readonly raw: string
  readonly cut: number
}

/** A line as a terminal leaves it: what a carriage return went back over is gone. */
function asShown(line: string): string {
  const states = line.split('\r').map(printable)
  return (states.findLast((state) => state.trim() !== '') ?? '').trimEnd()
}

/** The end of a line, no character split, and no word where that can be had. */
function lastBytes(line: string, most: number): string {
  const bytes = Buffer.from(line)
  if (bytes.length <= most) return line
  const end = bytes.subarray(-most)
  const first = end.findIndex((byte) => (byte & 0b1100_0000) !== 0b1000_0000)
  return end
    .subarray(first)
    .toString()
    .replace(/^\S{0,200}\s+/, '')
}

function counted(count: number, what: string): string {
  return count === 0 ? '' : `${count} ${what}${count === 1 ? '' : 's'}`
}
