import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { TASK_SUFFIX } from '../domain/task-name.ts'
import type { InboxFolders } from './folders.ts'

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
    let id = wanted
    for (let n = 2; used.has(id.toLowerCase()) || this.#exists(id); n++) id = withSuffix(wanted, n)
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

  #exists(id: string): boolean {
    const { running, waiting, processed, failed } = this.#folders
    return this.#hasResult(id) || [running, waiting, processed, failed].some((folder) => existsSync(join(folder, id + TASK_SUFFIX)))
  }
}

/** Ids end at 100 characters, so the suffix may have to take the place of some. */
function withSuffix(id: string, n: number): string {
  const suffix = `-${n}`
  return id.slice(0, 100 - suffix.length) + suffix
}
