import { withoutTrailing } from '../lib/scan.ts'
import { looksLikePath } from './paths.ts'

/** Matches the one character that stands for a path; which one it is says for which. */
export const PATH = '[\\ue000-\\uefff]'
/** Stands for an address or a piece of code that is no path. */
export const CODE = '\uf000'

const FIRST = 0xe000
const MOST = 0x1000
const LONGEST_WORD = 300
const LONGEST_TEXT = 20_000

/** A text in which every path is one character, so that the dots and slashes of paths do not disturb its sentences. */
export interface MarkedText {
  readonly text: string
  /** The path that a mark stands for, as it was written. */
  path(mark: string): string
}

/** Marks all that surely is a path; of a text that is far too long only the beginning is kept. */
export function markPaths(written: string): MarkedText {
  const text = written.slice(0, LONGEST_TEXT)
  const paths: string[] = []
  const mark = (path: string) => (paths.push(path) > MOST ? CODE : String.fromCharCode(FIRST + paths.length - 1))
  const marked = text
    .replace(/[\ue000-\uf000]/g, '')
    .replace(/!?\[([^[\]]+)\]\([^()\s]*\)/g, '$1')
    .replace(/\b[a-z][a-z0-9+.-]{1,9}:\/\/[^\s<>]+/gi, CODE)
    .replace(/(?<!`)(`{1,3})(?!`)([^`]+)\1/g, (_, __, code: string) => (looksLikePath(code.trim()) ? mark(code.trim()) : CODE))
    .replace(/[^\s,;→|<>"“”`—–\ue000-\uf000]+/g, (word) => markWord(word, mark))
  const unquoted = withoutQuotations(withoutQuotations(marked, '"', '"'), '“', '”').replace(
    /(?<![\p{L}\p{N}])[*_]+|[*_]+(?![\p{L}\p{N}])|["“”`]/gu,
    '',
  )
  return { text: unquoted, path: (one) => paths[one.charCodeAt(0) - FIRST] ?? '' }
}

/** The marks in a list of paths, without those in its remarks. */
export function marksIn(list: string): string[] {
  return list.replace(/\([^()]*\)/g, '').match(new RegExp(PATH, 'g')) ?? []
}

/** A word, with the punctuation around it left in its place. */
function markWord(word: string, mark: (path: string) => string): string {
  if (word.length > LONGEST_WORD) return word
  const [before = ''] = /^[([{*_'‘]*/.exec(word) ?? []
  const bare = withoutTrailing(word.slice(before.length), ")]}*_'’.:!?…")
  const core = /.['’]s$/.test(bare) ? bare.slice(0, -2) : bare
  return looksLikePath(core) ? `${before}${mark(core)}${word.slice(before.length + core.length)}` : word
}

/** Quotations of three words and more are what others say. */
function withoutQuotations(text: string, open: string, close: string): string {
  let kept = ''
  let from = 0
  let begin = text.indexOf(open)
  while (begin >= 0) {
    const end = text.indexOf(close, begin + 1)
    if (end < 0) break
    // An opening mark within a quotation begins it anew.
    const last = open === close ? begin : text.lastIndexOf(open, end)
    if (isSaying(text.slice(last, end))) {
      kept += text.slice(from, last) + CODE
      from = end + 1
      begin = text.indexOf(open, from)
    } else begin = open === close ? end : text.indexOf(open, end + 1)
  }
  return kept + text.slice(from)
}

function isSaying(text: string): boolean {
  const space = text.indexOf(' ')
  return space >= 0 && text.includes(' ', space + 1)
}
