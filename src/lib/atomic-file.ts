import { closeSync, fsync, openSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { crashPoint } from './crash-point.ts'
import { isThere, setAside } from './read-state.ts'

const sync = promisify(fsync)

/** What a file is to contain. */
export interface FileContent {
  readonly path: string
  readonly data: string | Uint8Array
}

/** What a run says is for the owner of its home. */
const OWNER_ONLY = 0o600

/**
 * Writes a file so that after any crash either the old content is there or the new: a temporary name in the same
 * directory, write, fsync, rename, fsync of the directory. A directory in its place is moved away. Rejects with the error of the file
 * system, leaving nothing behind.
 */
export async function writeDurable(path: string, data: string | Uint8Array, mode = OWNER_ONLY): Promise<void> {
  setAside(path)
  return writeAllDurable([{ path, data }], mode)
}

/**
 * Writes several files like `writeDurable`, waiting for the disk once for all of them. They are renamed in the order given: one
 * that is new after the process was killed proves that all before it are.
 */
export async function writeAllDurable(files: readonly FileContent[], mode = OWNER_ONLY): Promise<void> {
  const staged = files.map((file) => ({ ...file, temporary: temporaryName(file.path) }))
  try {
    const writes = await Promise.allSettled(staged.map(({ temporary, data }) => writeSynced(temporary, data, mode)))
    for (const write of writes) if (write.status === 'rejected') throw write.reason
    crashPoint('write.staged')
    for (const [index, { temporary, path }] of staged.entries()) {
      renameSync(temporary, path)
      if (index < staged.length - 1) crashPoint('write.half')
    }
  } catch (error) {
    for (const { temporary } of staged) rmSync(temporary, { force: true })
    throw error
  }
  await Promise.all([...new Set(files.map(({ path }) => dirname(path)))].map(syncDirectory))
}

/**
 * Replaces a file in one step without waiting for the disk: after a crash of the process it is there, old or new; after a power failure
 * it may be torn. For what is small, changes often and is worth little once the machine was down. Throws the error of the file system.
 */
export function replaceFile(path: string, data: string, mode = OWNER_ONLY): void {
  const temporary = temporaryName(path)
  try {
    setAside(path)
    writeFileSync(temporary, data, { mode })
    renameSync(temporary, path)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
}

/** Removes a file if there is one; throws the error of the file system. The look before costs less than a removal that finds nothing. */
export function removeFile(path: string): void {
  if (isThere(path) && !setAside(path)) rmSync(path, { force: true })
}

/** Makes renames, new and removed entries of a directory last through a power failure. A no-op on Windows, which has no such call. */
export async function syncDirectory(directory: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = openSync(directory, 'r')
  try {
    await sync(handle)
  } finally {
    closeSync(handle)
  }
}

/** Removes what writes into a directory left behind whose process was killed: temporary files last touched before that moment. */
export async function removeUnfinished(directory: string, before: Date): Promise<void> {
  for (const name of await readdir(directory)) {
    if (!UNFINISHED.test(name)) continue
    const path = join(directory, name)
    const stats = statSync(path, { throwIfNoEntry: false })
    if (stats?.isFile() && stats.mtime < before) rmSync(path, { force: true })
  }
}

/** What `temporaryName` makes. */
const UNFINISHED = /^\..+\.[0-9a-f]{8}\.tmp$/

function temporaryName(path: string): string {
  const random = Math.floor(Math.random() * 2 ** 32)
  return join(dirname(path), `.${basename(path)}.${random.toString(16).padStart(8, '0')}.tmp`)
}

/** Only the sync is left to another thread: the other calls are shorter than the way there and back. */
async function writeSynced(path: string, data: string | Uint8Array, mode: number): Promise<void> {
  const file = openSync(path, 'wx', mode)
  try {
    writeFileSync(file, data)
    await sync(file)
  } finally {
    closeSync(file)
  }
}
