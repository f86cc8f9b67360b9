import { looksLikePath } from './paths.ts'

/** Matches the one character that stands for a path; which one it is says for which. */
export const PATH = '[\\ue000-\\uefff]'
/** Stands for an address or a piece of code that is no path. */
export const CODE = '\uf000'

const FIRST = 0xe000
const MOST = 0x1000
const LONGEST_WORD = 300

/** A text in which every path is one character, so that the dots and slashes of paths do not disturb its sentences. */
export interface MarkedText {
  readonly text: string
  /** The path that a mark stands for, as it was written. */
  path(mark: string): string
}

/** Marks all that surely is a path. */
export function markPaths(text: string): MarkedText {
  const paths: string[] = []
  const mark = (path: string) => (paths.push(path) > MOST ? CODE : String.fromCharCode(FIRST + paths.length - 1))
  const marked = text
    .replace(/[\ue000-\uf000]/g, '')
    .replace(/!?\[([^[\]]+)\]\([^()\s]*\)/g, '$1')
    .replace(/\b[a-z][a-z0-9+.-]{1,9}:\/\/[^\s<>]+/gi, CODE)
    .replace(/(?<!`)(`{1,3})(?!`)([^`]+)\1/g, (_, __, code: string) => (looksLikePath(code.trim()) ? mark(code.trim()) : CODE))
    .replace(/[^\s,;→|<>"“”`—–\ue000-\uf000]+/g, (word) => markWord(word, mark))
    .replace(/"[^"]* [^"]* [^"]*"|“[^“”]* [^“”]* [^“”]*”/g, CODE)
    .replace(/(?<![\p{L}\p{N}])[*_]+|[*_]+(?![\p{L}\p{N}])|["“”`]/gu, '')
  return { text: marked, path: (one) => paths[one.charCodeAt(0) - FIRST] ?? '' }
}

/** The marks in a list of paths, without those in its remarks. */
export function marksIn(list: string): string[] {
  return list.replace(/\([^()]*\)/g, '').match(new RegExp(PATH, 'g')) ?? []
}

/** A word, with the punctuation around it left in its place. */
function markWord(word: string, mark: (path: string) => string): string {
  if (word.length > LONGEST_WORD) return word
  const [, before = '', core = '', after = ''] = /^([([{*_'‘]*)(.*?)((?:['’]s)?[)\]}*_'’.:!?…]*)$/.exec(word) ?? []
  return looksLikePath(core) ? `${before}${mark(core)}${after}` : word
}
