/** Characters; what is longer is no misspelt name. */
const LONGEST = 100

/**
 * The known name that a misspelt one most likely stands for: the fewest edits away, at most a third of its letters, else
 * the only one that contains it, or for three letters begins with it. Case, `-` and `_` do not count. Undefined where nothing is near.
 */
export function nearest(word: string, known: readonly string[]): string | undefined {
  if (word.length > LONGEST) return undefined
  const wanted = fold(word)
  let best: string | undefined
  let least = Math.max(1, Math.floor(wanted.length / 3)) + 1
  for (const name of known) {
    const edits = distance(wanted, fold(name), least)
    if (edits < least) [best, least] = [name, edits]
  }
  if (best !== undefined || wanted.length < 3) return best
  const containing = known.filter((name) => (wanted.length > 3 ? fold(name).includes(wanted) : fold(name).startsWith(wanted)))
  return containing.length === 1 ? containing[0] : undefined
}

function fold(name: string): string {
  return name.toLowerCase().replace(/[-_\s]/g, '')
}

/** Letters to add, drop, change or swap with their neighbour to turn one word into the other; `limit` where it is that many or more. */
function distance(from: string, to: string, limit: number): number {
  if (Math.abs(from.length - to.length) >= limit) return limit
  let before: number[] = []
  let above = Array.from({ length: to.length + 1 }, (_, column) => column)
  for (let row = 1; row <= from.length; row++) {
    const current = [row]
    for (let column = 1; column <= to.length; column++) {
      const change = from[row - 1] === to[column - 1] ? 0 : 1
      const swapped = row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]
      current[column] = Math.min(
        at(above, column) + 1,
        at(current, column - 1) + 1,
        at(above, column - 1) + change,
        swapped ? at(before, column - 2) + 1 : limit,
      )
    }
    before = above
    above = current
  }
  return Math.min(at(above, to.length), limit)
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY
}
