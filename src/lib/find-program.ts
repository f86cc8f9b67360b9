import { accessSync, constants, statSync } from 'node:fs'
import { join, resolve } from 'node:path'

/** Where POSIX systems keep their own programs; looked through where there is no PATH. */
const SYSTEM_PATH = '/usr/bin:/bin:/usr/sbin:/sbin'

/** Where a program lies, or the code with which the system would refuse to start it. */
export type FoundProgram = { readonly ok: true; readonly path: string } | { readonly ok: false; readonly code: 'ENOENT' | 'EACCES' }

/** Looks for a program as execvp(3) does: along PATH, or where its name has a slash just there, seen from `cwd`. POSIX only. */
export function findProgram(
  file: string,
  { path = SYSTEM_PATH, cwd }: { readonly path?: string | undefined; readonly cwd: string },
): FoundProgram {
  const places = file.includes('/') ? [file] : path.split(':').map((folder) => join(folder, file))
  let code: 'ENOENT' | 'EACCES' = 'ENOENT'
  for (const place of places.map((one) => resolve(cwd, one))) {
    const refusal = refusalOf(place)
    if (refusal === undefined) return { ok: true, path: place }
    if (refusal === 'EACCES') code = refusal
  }
  return { ok: false, code }
}

function refusalOf(path: string): 'ENOENT' | 'EACCES' | undefined {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile() ? undefined : 'EACCES'
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EACCES' ? 'EACCES' : 'ENOENT'
  }
}
