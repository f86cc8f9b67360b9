import { closeSync, constants, fstatSync, lstatSync, openSync, readSync, renameSync } from 'node:fs'
import { wordsOf } from './words-of.ts'

/** What a file holds, that there is none, or why it is not read. */
export type Looked =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'missing' }
  | { readonly kind: 'odd'; readonly why: string; readonly code: string }

/** What a value must look like; every schema of zod is one. */
export interface Form<T> {
  safeParse(value: unknown): { readonly success: true; readonly data: T } | { readonly success: false }
}

/** The largest file that is read, in bytes: a result may quote an agent at length. */
const MOST_BYTES = 64 * 1024 * 1024

/** Links are not followed unless that is wanted, and pipes not waited for; the flags are absent on Windows. */
const NO_LINK = constants.O_NOFOLLOW ?? 0
const NO_WAIT = constants.O_NONBLOCK ?? 0

/**
 * What is read back from disk is checked like the input of a stranger: a regular file of a bounded size, in UTF-8. Throws nothing.
 * With `links` the file may lie elsewhere, which is for what its owner keeps in a place of his own.
 */
export function lookAt(path: string, { most = MOST_BYTES, links = false } = {}): Looked {
  let file: number | undefined
  try {
    file = openSync(path, constants.O_RDONLY | NO_WAIT | (links ? 0 : NO_LINK))
    const stats = fstatSync(file)
    if (stats.isDirectory()) return odd('it is a directory', 'EISDIR')
    if (!stats.isFile()) return odd(stats.isFIFO() ? 'it is a pipe' : 'it is no regular file', 'not_a_file')
    if (stats.size > most) return odd(`it has ${stats.size} bytes, more than ${most}`, 'too_large')
    const bytes = Buffer.allocUnsafe(stats.size)
    let filled = 0
    for (let count = -1; filled < bytes.length && count !== 0; filled += count)
      count = readSync(file, bytes, filled, bytes.length - filled, filled)
    return { kind: 'text', text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes.subarray(0, filled)) }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ENOENT' || code === 'ENOTDIR') return { kind: 'missing' }
    if (code === 'ELOOP') return odd('it is a symbolic link', 'ELOOP')
    if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') return odd('it is no UTF-8', 'not_utf8')
    return odd(`it cannot be read: ${wordsOf(error)}`, String(code ?? 'unknown'))
  } finally {
    if (file !== undefined) closeSync(file)
  }
}

/** Faults of the moment, which say nothing of a file. */
const PASSING = ['EMFILE', 'ENFILE', 'ENOMEM', 'EIO', 'ESTALE']

/** The text of a file; undefined where there is none, or none that may be read, which is told once. Throws only what passes, such as too many open files. */
export function readStateText(path: string, options?: { readonly most?: number; readonly links?: boolean }): string | undefined {
  const looked = lookAt(path, options)
  if (looked.kind === 'odd' && PASSING.includes(looked.code)) {
    throw Object.assign(new Error(`${path}: ${looked.why}`), { code: looked.code, syscall: 'open', path })
  }
  if (looked.kind === 'odd') tellOdd(path, `${looked.why}; it counts as missing`)
  return looked.kind === 'text' ? looked.text : undefined
}

/** What a JSON file of the state holds; undefined where it is missing or anything else than it should be, which is told once. */
export function readState<T>(path: string, form: Form<T>, options?: { readonly most?: number }): T | undefined {
  const text = readStateText(path, options)
  if (text === undefined) return undefined
  try {
    const parsed = form.safeParse(JSON.parse(text))
    if (parsed.success) return parsed.data
  } catch {
    // torn, or nested deeper than anything of ours
  }
  tellOdd(path, 'its content is not what it should be; it counts as missing')
  return undefined
}

/** Whether anything has this name, be it a link that leads nowhere. */
export function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined
}

/** Moves a directory away that has the name of a file of ours, so that nothing in it is lost; false where there is none. */
export function setAside(path: string): boolean {
  if (!lstatSync(path, { throwIfNoEntry: false })?.isDirectory()) return false
  let free = `${path}.odd`
  for (let number = 2; isThere(free); number++) free = `${path}.odd.${number}`
  renameSync(path, free)
  tellOdd(path, `it is a directory, which was moved to ${free}`)
  return true
}

/** Has somebody hear of what is odd, once for each file and fault, in place of whoever did so far. */
export function onOddState(listener: (message: string) => void): Disposable {
  const before = tell
  tell = listener
  return {
    [Symbol.dispose]() {
      tell = before
    },
  }
}

/** No home has so many odd files; then all are told again. */
const MOST_TOLD = 1_000

const told = new Set<string>()
let tell: (message: string) => void = () => undefined

function tellOdd(path: string, what: string): void {
  const message = `${path}: ${what}`
  if (told.has(message)) return
  if (told.size >= MOST_TOLD) told.clear()
  told.add(message)
  tell(message)
}

function odd(why: string, code: string): Looked {
  return { kind: 'odd', why, code }
}
