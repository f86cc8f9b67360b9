import { ERRORS, type ErrorCode } from '../domain/errors.ts'
import type { RejectReason } from '../domain/reject-reason.ts'

/** Something that was read, or why it could not be. */
export type Read<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: RejectReason }

/** A failed reading; where a position is known the message says it too. */
export function refuse(code: ErrorCode, what: string, at: { line?: number; column?: number } = {}): { ok: false; problem: RejectReason } {
  return { ok: false, problem: { code, message: `${place(at)}${what}`, hint: ERRORS[code].hint, ...at } }
}

function place({ line, column }: { line?: number; column?: number }): string {
  if (line === undefined) return ''
  return column === undefined ? `line ${line}: ` : `line ${line}, column ${column}: `
}

const QUOTED = 60

/** A piece of the author's text for a message: one line, at most 60 characters. */
export function quote(text: string): string {
  const line = text
    .trimStart()
    .slice(0, 8 * QUOTED)
    .replace(/\s+/g, ' ')
    .trim()
  return JSON.stringify(line.length > QUOTED ? `${line.slice(0, QUOTED - 1)}…` : line)
}
