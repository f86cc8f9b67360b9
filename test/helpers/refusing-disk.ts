import { execFile } from 'node:child_process'
import { chmod, mkdir, mkdtemp, open, rm, rmdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Home } from './home.ts'
import { asPlainUser, mountSmallDisk } from './machine.ts'
import type { ProcessOptions } from './process.ts'

const run = promisify(execFile)

/** A way in which a directory refuses to be written, named by the error that programs meet. */
export interface Refusal {
  /** What must be done before a daemon starts: how to start it, and what to undo at the end. */
  prepare(home: Home, directory: string): Promise<AsyncDisposable & { readonly options: ProcessOptions }>
  /** From now on the directory refuses. Disposing cures it; a second time does nothing. */
  strike(directory: string): Promise<AsyncDisposable>
}

export const EACCES: Refusal = {
  prepare: async (home) => ({ options: await asPlainUser(home), [Symbol.asyncDispose]: nothing }),
  async strike(directory) {
    await chmod(directory, 0o555)
    return once(() => chmod(directory, 0o755))
  },
}

export const EROFS: Refusal = {
  prepare: async () => ({ options: {}, [Symbol.asyncDispose]: nothing }),
  async strike(directory) {
    // Made elsewhere, since a mount in which a file is open already cannot be turned read-only.
    const aside = await mkdtemp(join(tmpdir(), 'read-only-'))
    await run('mount', ['--bind', directory, aside])
    await run('mount', ['-o', 'remount,bind,ro', aside])
    await run('mount', ['--bind', aside, directory])
    await run('umount', [aside])
    await rmdir(aside)
    return once(() => run('umount', ['--lazy', directory]))
  },
}

export const ENOSPC: Refusal = {
  async prepare(_home, directory) {
    await mkdir(directory, { recursive: true })
    return { ...(await mountSmallDisk(directory, '256k')), options: {} }
  },
  async strike(directory) {
    const path = join(directory, 'filler')
    const file = await open(path, 'w')
    const isWritten = () => file.write(Buffer.alloc(1024)).then(Boolean, () => false)
    while (await isWritten());
    await file.close()
    return once(() => rm(path))
  },
}

async function nothing(): Promise<void> {}

function once(cure: () => Promise<unknown>): AsyncDisposable {
  let cured: Promise<unknown> | undefined
  return {
    async [Symbol.asyncDispose]() {
      cured ??= cure()
      await cured
    },
  }
}
