import { quote } from './problem.ts'

/** Where a check begins, unless the text merely shows one as code. */
const BEGIN = /(?<!`)\(\s*verify:/i

/**
 * Warnings of criteria that begin a check, `(verify: …`, and do not end with it, so that they are read as mere words. `body` is
 * what they were read from, and `bodyLine` its first line in the file.
 */
export function openChecks(criteria: readonly string[], body: string, bodyLine: number): readonly string[] {
  return criteria.flatMap((criterion) => {
    const begin = BEGIN.exec(criterion)?.index
    if (begin === undefined || /\)\.?$/.test(criterion)) return []
    const start = criterion.slice(begin)
    const line = body.split('\n').findLastIndex((text) => {
      const at = BEGIN.exec(text)?.index
      return at !== undefined && start.startsWith(text.slice(at).trimEnd())
    })
    const where = line < 0 ? '' : ` on line ${bodyLine + line}`
    return [`The check${where} is not run: it must be closed by ")" at the end of its criterion, ${quote(criterion)}.`]
  })
}
