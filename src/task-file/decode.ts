import { isUtf8 } from 'node:buffer'
import { type Read, refuse } from './problem.ts'

/** The largest task file, in bytes. */
const MAX_FILE_BYTES = 1 << 20

/** The text of a task file: UTF-8 without its byte order mark, every line end a `\n`. Refuses what is too large, empty or not text. */
export function decode(bytes: Uint8Array): Read<string> {
  if (bytes.length > MAX_FILE_BYTES) return refuse('too_large', `the file has ${bytes.length} bytes; at most ${MAX_FILE_BYTES} are read`)
  if (!isUtf8(bytes)) return refuseBytes(bytes)
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString()
  const nul = text.indexOf('\0')
  if (nul >= 0) return refuse('nul_byte', 'a NUL byte', position(text.slice(0, nul)))
  const lines = normalizeLineEnds(text.startsWith('\uFEFF') ? text.slice(1) : text)
  return /\S/.test(lines) ? { ok: true, value: lines } : refuse('empty_file', 'the file is empty')
}

/** The text with `\r\n` and lone `\r` turned into `\n`. */
export function normalizeLineEnds(text: string): string {
  if (!text.includes('\r')) return text
  const short = text.replaceAll('\r\n', '\n')
  return short.includes('\r') ? short.split('\r').join('\n') : short
}

function refuseBytes(bytes: Uint8Array): Read<never> {
  const [first, second] = bytes
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) {
    return refuse('not_utf8', 'the file is UTF-16, not UTF-8', { line: 1, column: 1 })
  }
  const bad = firstBadByte(bytes)
  const value = (bytes[bad] ?? 0).toString(16).padStart(2, '0')
  return refuse('not_utf8', `byte 0x${value} is not UTF-8`, position(Buffer.from(bytes.subarray(0, bad)).toString()))
}

/** Where a lenient decoder put the first replacement character that the file does not contain itself. */
function firstBadByte(bytes: Uint8Array): number {
  const lenient = Buffer.from(new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes))
  let index = bytes.findIndex((byte, at) => byte !== lenient[at])
  while (((lenient[index] ?? 0) & 0xc0) === 0x80) index--
  return index
}

/** The position behind a text, counted from 1. */
function position(before: string): { line: number; column: number } {
  const lines = normalizeLineEnds(before.replace(/^\uFEFF/, '')).split('\n')
  return { line: lines.length, column: (lines.at(-1) ?? '').length + 1 }
}
