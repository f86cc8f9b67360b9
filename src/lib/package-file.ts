import { join } from 'node:path'

/** The absolute path of a file of this package: this one is as far from its root as what is built of it, and as the bundled program. */
export function packageFile(path: string): string {
  return join(import.meta.dirname, '../..', path)
}
