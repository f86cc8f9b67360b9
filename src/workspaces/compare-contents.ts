import { FILE_HEADERS_ONLY, formatPatch, structuredPatch } from 'diff'
import type { FileChange } from '../domain/run.ts'

/** A file before and after: its content, undefined where that is not known, null where there was no file. */
export interface TwoContents {
  readonly path: string
  readonly before: Buffer | undefined | null
  readonly after: Buffer | undefined | null
}

/** What became of a file, and the same as a unified diff. */
export interface ComparedFile {
  readonly file: FileChange
  readonly patch: string
}

/** Lines added and removed together, beyond which two texts are too different: the time for it grows with the square. */
const MOST_EDITS = 1000
/** The part of a file in which git looks for a NUL, by which it takes it for binary. */
const BINARY_HEAD = 8000

/** Compares line by line; lines are not counted where a content is not known, is binary, or differs too much from the other. */
export function compareContents({ path, before, after }: TwoContents): ComparedFile {
  const change = before === null ? 'added' : after === null ? 'deleted' : 'modified'
  const from = before === null ? '/dev/null' : `a/${path}`
  const to = after === null ? '/dev/null' : `b/${path}`
  const isBinary = [before, after].some((content) => content?.subarray(0, BINARY_HEAD).includes(0))
  const isKnown = before !== undefined && after !== undefined && !isBinary
  const compared = isKnown ? structuredPatch(from, to, textOf(before), textOf(after), undefined, undefined, optionsFor(change)) : undefined
  if (!compared) {
    const file = { path, change, lines_added: null, lines_removed: null } as const
    return { file, patch: `${isBinary ? 'Binary files' : 'Files'} ${from} and ${to} differ\n` }
  }
  const lines = compared.hunks.flatMap((hunk) => hunk.lines)
  const starting = (mark: string) => lines.filter((line) => line.startsWith(mark)).length
  const file = { path, change, lines_added: starting('+'), lines_removed: starting('-') } as const
  return { file, patch: formatPatch(compared, FILE_HEADERS_ONLY) }
}

/** A whole file that came or went is quickly compared, whatever its length. */
function optionsFor(change: FileChange['change']) {
  return { context: 3, maxEditLength: change === 'modified' ? MOST_EDITS : Number.POSITIVE_INFINITY }
}

function textOf(content: Buffer | null): string {
  return content?.toString('utf8') ?? ''
}
