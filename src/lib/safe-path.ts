import { realpathSync, statSync } from 'node:fs'
import { isAbsolute, relative, resolve, sep } from 'node:path'

/** Where a path leads. `path` is the real one; where there is none, the path that was looked for. */
export type ResolvedPath =
  | { readonly ok: true; readonly path: string }
  | { readonly ok: false; readonly reason: 'missing' | 'not_a_directory' | 'outside'; readonly path: string }

/** Resolves a directory, symbolic links included, and says whether it is `root` or lies below it; a relative path starts at `root`. */
export function resolveInside(root: string, path: string): ResolvedPath {
  const wanted = resolve(root, path)
  try {
    const real = realpathSync.native(wanted)
    if (!isInside(realpathSync.native(root), real)) return { ok: false, reason: 'outside', path: real }
    return statSync(real).isDirectory() ? { ok: true, path: real } : { ok: false, reason: 'not_a_directory', path: real }
  } catch (error) {
    const through = error instanceof Error && 'code' in error && error.code === 'ENOTDIR'
    return { ok: false, reason: through ? 'not_a_directory' : 'missing', path: wanted }
  }
}

/** Whether a path is `root` or lies below it, as both are written; absolute paths. */
export function isInside(root: string, path: string): boolean {
  const way = relative(root, path)
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way)
}
