/**
 * Tells whether a simple pattern covers a path: `*` and `?` stand for what is within a name, `**` for everything, and `{a,b}` for
 * either; a pattern covers what lies below what it matches. Brackets stand for themselves, as they do in the names of routes.
 * All ways to match are followed side by side: the time is the length of the pattern times that of the path, whatever they are.
 */
export function globMatcher(glob: string): (path: string) => boolean {
  const parts = Array.from(glob.matchAll(/(?:\*\*\/)+|\*{2,}|[*?]|\{[^{}]*\}|[\s\S]/g), ([part]) => part)
  return (path) => {
    const start = new Uint8Array(path.length + 1)
    start[0] = 1
    const ends = parts.reduce((reached, part) => stepsOf(part)(reached, path), start)
    return ends.some((isReached, at) => isReached === 1 && (at === path.length || path[at] === '/'))
  }
}

/** From the places in a path that were reached to those that are reached behind one part of the pattern. */
type Steps = (reached: Uint8Array<ArrayBuffer>, path: string) => Uint8Array<ArrayBuffer>

function stepsOf(part: string): Steps {
  if (part.startsWith('**')) return part.endsWith('/') ? overFolders : overAll
  if (part === '*') return overName
  if (part === '?') return overOne
  return overChoices(
    part.length > 1
      ? part
          .slice(1, -1)
          .split(',')
          .map((choice) => choice.trim())
      : [part],
  )
}

const overAll: Steps = (reached) => {
  const first = reached.indexOf(1)
  return first < 0 ? reached : new Uint8Array(reached.length).fill(1, first)
}

/** Nothing, or anything that ends in a slash. */
const overFolders: Steps = (reached, path) => {
  const first = reached.indexOf(1)
  return first < 0 ? reached : reached.map((isReached, at) => (at > first && path[at - 1] === '/' ? 1 : isReached))
}

const overName: Steps = (reached, path) => {
  let goesOn = false
  return reached.map((isReached, at) => {
    goesOn = isReached === 1 || (goesOn && path[at - 1] !== '/')
    return goesOn ? 1 : 0
  })
}

const overOne: Steps = (reached, path) => reached.map((_, at) => (at > 0 && reached[at - 1] === 1 && path[at - 1] !== '/' ? 1 : 0))

function overChoices(choices: readonly string[]): Steps {
  return (reached, path) => {
    const next = new Uint8Array(reached.length)
    for (let at = reached.indexOf(1); at >= 0; at = reached.indexOf(1, at + 1)) {
      for (const choice of choices) if (path.startsWith(choice, at)) next[at + choice.length] = 1
    }
    return next
  }
}
