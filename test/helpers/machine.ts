import { execFile } from 'node:child_process'
import { chown, readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import type { Home } from './home.ts'
import type { ProcessOptions } from './process.ts'

const run = promisify(execFile)

/** Any user that is not root, whether or not the system has a name for him. */
const SOMEBODY = 65534

/** Hands the home to a user without special rights, for whom permissions hold, and says how to start processes as that user. */
export async function asPlainUser({ paths }: Home): Promise<ProcessOptions> {
  if (process.getuid?.() !== 0) return {}
  const root = dirname(paths.home)
  const below = await readdir(root, { recursive: true, withFileTypes: true })
  const own = below.filter((entry) => !entry.isSymbolicLink()).map((entry) => join(entry.parentPath, entry.name))
  for (const path of [root, ...own]) await chown(path, SOMEBODY, SOMEBODY)
  return { uid: SOMEBODY }
}

/** Puts a file system of that size over an empty directory; Linux, and root. */
export async function mountSmallDisk(directory: string, size: string): Promise<AsyncDisposable> {
  await run('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', directory])
  return {
    async [Symbol.asyncDispose]() {
      await run('umount', ['--lazy', directory])
    },
  }
}

/** Makes a named pipe. */
export async function makePipe(path: string): Promise<void> {
  await run('mkfifo', [path])
}
