import { withoutTrailing } from '../../lib/scan.ts'

/** ` in /path`, ` in C:\path`, or either in quotes where it has spaces; neither an address nor a share. */
const HINT = /(?:^|\s)in\s+(?:(["'])((?:[A-Za-z]:)?[\\/](?![\\/]).*?)\1|((?:[A-Za-z]:)?[\\/](?![\\/])[^\s"'`]*))/i

/** Characters of a text; no message is longer. */
const LOOKED_AT = 8_192

/**
 * The directory that a text names, relative to the base directory and with slashes: `backend` for "fix the timeout in /backend".
 * A path that begins with the base itself is taken below it. Undefined where none is named.
 */
export function directoryHint(text: string, base: string): string | undefined {
  const [, , quoted, bare] = HINT.exec(text.slice(0, LOOKED_AT)) ?? []
  const named = quoted ?? (bare === undefined ? undefined : withoutTrailing(bare, '.,;:!?)]'))
  if (named === undefined) return undefined
  const path = withSlashes(named)
  const below = withSlashes(base)
  const isBelow = path === below || path.startsWith(`${below}/`)
  return (isBelow ? path.slice(below.length) : path.replace(/^[A-Za-z]:/, '')).replace(/^\/+/, '') || '.'
}

function withSlashes(path: string): string {
  return withoutTrailing(path.replaceAll('\\', '/'), '/')
}
