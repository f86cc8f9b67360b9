import { FILE_HEADERS_ONLY, formatPatch, structuredPatch } from 'diff'
import type { FileChange } from '../domain/run.ts'
import { LONGEST_PATCH } from './patch.ts'

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
/** Lines of a text that is compared with another. */
const MOST_LINES = 50_000
const FEW_BYTES = MOST_LINES
/** The part of a file in which git looks for a NUL, by which it takes it for binary. */
const BINARY_HEAD = 8000

/** Compares line by line; lines are not counted where a content is not known, is binary, or differs too much from the other. */
export function compareContents({ path, before, after }: TwoContents): ComparedFile {
  const change = before === null ? 'added' : after === null ? 'deleted' : 'modified'
  const from = before === null ? '/dev/null' : `a/${path}`
  const to = after === null ? '/dev/null' : `b/${path}`
  const isBinary = [before, after].some((content) => content?.subarray(0, BINARY_HEAD).includes(0))
  const isKnown = before !== undefined && after !== undefined && !isBinary
  if (isKnown && before === null) return wholeFile({ path, change: 'added', text: textOf(after) })
  if (isKnown && after === null) return wholeFile({ path, change: 'deleted', text: textOf(before) })
  const isCompared = isKnown && before && after && isComparable(before) && isComparable(after)
  const compared = isCompared ? compareTexts(from, to, textOf(before), textOf(after)) : undefined
  if (!compared) {
    const file = { path, change, lines_added: null, lines_removed: null } as const
    return { file, patch: `${isBinary ? 'Binary files' : 'Files'} ${from} and ${to} differ\n` }
  }
  const lines = compared.hunks.flatMap((hunk) => hunk.lines)
  const starting = (mark: string) => lines.filter((line) => line.startsWith(mark)).length
  const file = { path, change, lines_added: starting('+'), lines_removed: starting('-') } as const
  return { file, patch: formatPatch(compared, FILE_HEADERS_ONLY) }
}

function compareTexts(from: string, to: string, before: string, after: string) {
  return structuredPatch(from, to, before, after, undefined, undefined, { context: 3, maxEditLength: MOST_EDITS })
}

/** A file that came or went is not compared with anything; of a patch that will be cut only the beginning is made. */
function wholeFile({ path, change, text }: { path: string; change: 'added' | 'deleted'; text: string }): ComparedFile {
  const isNew = change === 'added'
  const count = linesIn(text)
  const file = { path, change, lines_added: isNew ? count : 0, lines_removed: isNew ? 0 : count }
  const names = isNew ? `--- /dev/null\n+++ b/${path}\n` : `--- a/${path}\n+++ /dev/null\n`
  if (count === 0) return { file, patch: names }
  const range = isNew ? `@@ -0,0 +1,${count} @@` : `@@ -1,${count} +0,0 @@`
  const shown = text.slice(0, LONGEST_PATCH + 1)
  const lines = shown.replace(/\n$/, '').split('\n')
  const body = lines.map((line) => `${isNew ? '+' : '-'}${line}\n`).join('')
  return { file, patch: `${names}${range}\n${body}${text.endsWith('\n') ? '' : '\\ No newline at end of file\n'}` }
}

function linesIn(text: string): number {
  let count = 0
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count += 1
  return text === '' || text.endsWith('\n') ? count : count + 1
}

function isComparable(content: Buffer): boolean {
  return content.length <= FEW_BYTES || linesIn(content.toString('latin1')) <= MOST_LINES
}

function textOf(content: Buffer | null): string {
  return content?.toString('utf8') ?? ''
}
