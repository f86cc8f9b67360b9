import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { TASK_SUFFIX } from '../domain/task-name.ts'
import type { InboxFolders } from './folders.ts'
import { keptId } from './requeue.ts'

/**
 * The ids that were ever used in this home. Two ids that differ only in case count as the same, since their files would
 * overwrite each other on the disks of macOS and Windows.
 */
export class UsedIds {
  readonly #folders: InboxFolders
  readonly #hasResult: (id: string) => boolean
  #folded: Promise<Set<string>> | undefined

  constructor(folders: InboxFolders, hasResult: (id: string) => boolean) {
    this.#folders = folders
    this.#hasResult = hasResult
  }

  /** The wanted id, or the first of `<id>-2`, `<id>-3`, … that was never used; it counts as used from now on. */
  async take(wanted: string): Promise<string> {
    const used = await this.load()
    const id = freeId(wanted, (one) => used.has(one.toLowerCase()) || isUsed(this.#folders, one, this.#hasResult))
    used.add(id.toLowerCase())
    return id
  }

  /** Gives an id back that was taken for a claim that came to nothing. */
  async release(id: string): Promise<void> {
    const used = await this.load()
    used.delete(id.toLowerCase())
  }

  /** Reads the names of the archive once; asked for early, it is done by the time of the first claim. */
  load(): Promise<Set<string>> {
    this.#folded ??= this.#list()
    return this.#folded
  }

  async #list(): Promise<Set<string>> {
    const { running, waiting, processed, failed } = this.#folders
    const listings = await Promise.all([running, waiting, processed, failed].map((folder) => readdir(folder).catch(() => [])))
    const ids = new Set<string>()
    for (const name of listings.flat()) if (name.endsWith(TASK_SUFFIX)) ids.add(name.slice(0, -TASK_SUFFIX.length).toLowerCase())
    return ids
  }
}

/** Whether there is a task of that id which has begun or ended. */
export function isUsed({ running, waiting, processed, failed }: InboxFolders, id: string, hasResult: (id: string) => boolean): boolean {
  return hasResult(id) || [running, waiting, processed, failed].some((folder) => existsSync(join(folder, id + TASK_SUFFIX)))
}

/** The id that a queued file will run under: of a further run its own, of a new task the one it asks for, with a number where that was used. */
export function idToBe(
  folders: InboxFolders,
  file: { readonly name: string; readonly wanted: string },
  hasResult: (id: string) => boolean,
): string {
  return keptId(folders, file.name) ?? freeId(file.wanted, (id) => isUsed(folders, id, hasResult))
}

function freeId(wanted: string, isTaken: (id: string) => boolean): string {
  let id = wanted
  for (let n = 2; isTaken(id); n++) id = withSuffix(wanted, n)
  return id
}

/** Ids end at 100 characters, so the suffix may have to take the place of some. */
function withSuffix(id: string, n: number): string {
  const suffix = `-${n}`
  return id.slice(0, 100 - suffix.length) + suffix
}
