import { closeSync, constants, openSync, readFileSync } from 'node:fs'

/** How files of a workspace are opened: what is a pipe by now ends at once instead of holding us. Windows has no such flag. */
export const READ_ONLY = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)

/** The content of a file; throws where it cannot be read. */
export function readAtOnce(path: string): Buffer {
  const file = openSync(path, READ_ONLY)
  try {
    return readFileSync(file)
  } finally {
    closeSync(file)
  }
}
