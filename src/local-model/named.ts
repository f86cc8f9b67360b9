import { withoutTrailing } from '../lib/scan.ts'

/** Whether a text has a path as it is, not as a part of another path or word. */
export function isNamed(path: string, text: string): boolean {
  for (let at = text.indexOf(path); at >= 0; at = text.indexOf(path, at + 1)) {
    const end = at + path.length
    if (!/[\w./\\-]/.test(text.charAt(at - 1)) && !/^(?:[\w-]|[./\\][\w.])/.test(text.slice(end, end + 2))) return true
  }
  return false
}

/** What a text has that looks like the path of a directory, in its order. */
export function pathsIn(text: string): string[] {
  const paths = text.match(/(?<![\w.:/\\~-])(?:[A-Za-z]:|~)?[\w.-]*(?:[/\\][\w.-]*)+/g) ?? []
  const bare = paths.map((path) => withoutTrailing(path, '.'))
  return [...new Set(bare)].filter((path) => /\w/.test(path) && !/[^/\\.]\.\w{1,5}$/.test(path))
}

/** The projects that a text points at: by their path, or by a word of their name, as people do who know what they mean. */
export function pointedAt(projects: readonly string[], text: string): string[] {
  if (projects.length === 0) return []
  const said = new Set(wordsOf(text))
  const isMeant = (name: string) => wordsOf(name).some((word) => /\p{L}{3}/u.test(word) && !FILLERS.has(word) && said.has(word))
  return projects.filter((project) => isNamed(project, text) || isMeant(project.split('/').at(-1) ?? project))
}

/** Words that stand in every text and so point at nothing. */
const FILLERS: ReadonlySet<string> = new Set(
  'the and for with from this that not new old all our are one der die das den dem des und ein eine mit von für neu alt ist nicht'.split(
    ' ',
  ),
)

/** Scripts without spaces end a word of another: `请修复shop` says `shop`. */
const WORD = /(?:(?![\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}])[\p{L}\p{M}\p{N}])+/gu

/** The words of a text in lower case, those of `camelCase` as a whole and one by one. */
function wordsOf(text: string): string[] {
  const words = text.normalize('NFC').match(WORD) ?? []
  return words.flatMap((word) => [word, ...word.split(/(?<=[\p{Ll}\p{N}])(?=\p{Lu})/u)]).map((word) => word.toLowerCase())
}
