import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { ERRORS } from '../domain/errors.ts'
import type { RejectReason } from '../domain/reject-reason.ts'
import { wordsOf } from '../lib/words-of.ts'

/** The largest task file, in bytes. */
export const MAX_TASK_BYTES = 1024 * 1024

/** The bytes of a file in `tasks/`, or why there are none. */
export type ReadFile =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'gone' }
  | { readonly kind: 'problem'; readonly problem: RejectReason }

/** Symbolic links are not followed and pipes not waited for; the flags are absent on Windows. */
const FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)

/**
 * Reads a file of at most 1 MiB; what may be larger is not read at all. With `scratch` the bytes of a file that fits into it lie there,
 * for whoever reads many of them and keeps none.
 */
export function readTaskFile(path: string, scratch?: Buffer): ReadFile {
  let descriptor: number
  try {
    descriptor = openSync(path, FLAGS)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ENOENT') return { kind: 'gone' }
    if (code === 'ELOOP') return problem('not_a_file', 'The entry is a symbolic link.')
    return problem('unreadable', `The file cannot be read: ${wordsOf(error)}`)
  }
  try {
    const inScratch = scratch === undefined ? undefined : readSync(descriptor, scratch, 0, scratch.length, 0)
    if (scratch !== undefined && inScratch !== undefined && inScratch < scratch.length) {
      return { kind: 'bytes', bytes: scratch.subarray(0, inScratch) }
    }
    const stats = fstatSync(descriptor)
    const { size } = stats
    if (!stats.isFile()) return problem('not_a_file', 'The entry is no regular file.')
    if (size > MAX_TASK_BYTES) return problem('too_large', `The file has ${size} bytes; the limit is ${MAX_TASK_BYTES} (1 MiB).`)
    const buffer = Buffer.allocUnsafe(size)
    let filled = 0
    while (filled < size) {
      const count = readSync(descriptor, buffer, filled, size - filled, filled)
      if (count === 0) break
      filled += count
    }
    return { kind: 'bytes', bytes: buffer.subarray(0, filled) }
  } finally {
    closeSync(descriptor)
  }
}

function problem(code: 'not_a_file' | 'unreadable' | 'too_large', message: string): ReadFile {
  return { kind: 'problem', problem: { code, message, hint: ERRORS[code].hint } }
}
