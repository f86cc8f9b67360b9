import { quote } from './problem.ts'

/** Where a check begins, unless the text merely shows one as code. */
const BEGIN = /(?<!`)\(\s*verify:/i

/** More warnings than that nobody reads. */
const MOST_TOLD = 10

/**
 * Warnings of criteria that begin a check, `(verify: …`, and do not end with it, so that they are read as mere words. `body` is
 * what they were read from, and `bodyLine` its first line in the file.
 */
export function openChecks(criteria: readonly string[], body: string, bodyLine: number): readonly string[] {
  const open = criteria.flatMap((criterion) => {
    const begin = /\)\.?$/.test(criterion) ? undefined : BEGIN.exec(criterion)?.index
    return begin === undefined ? [] : [{ criterion, start: criterion.slice(begin) }]
  })
  if (open.length === 0) return []
  const begins = beginsIn(body)
  const warnings = open.slice(0, MOST_TOLD).map(({ criterion, start }) => {
    const line = begins.find(({ text }) => start.startsWith(text))?.line
    const where = line === undefined ? '' : ` on line ${bodyLine + line}`
    return `The check${where} is not run: it must be closed by ")" at the end of its criterion, ${quote(criterion)}.`
  })
  const more = open.length - warnings.length
  return more === 0 ? warnings : [...warnings, `${more} more checks are not run for the same reason.`]
}

/** What follows where a check begins, line by line from the last. */
function beginsIn(body: string): { readonly text: string; readonly line: number }[] {
  const begins = body.split('\n').flatMap((text, line) => {
    const at = BEGIN.exec(text)?.index
    return at === undefined ? [] : [{ text: text.slice(at).trimEnd(), line }]
  })
  return begins.reverse()
}
