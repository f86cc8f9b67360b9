import { lstatSync } from 'node:fs'
import { type InboxFolders, makeFolders } from './folders.ts'
import { type Hints, listenForHints } from './hints.ts'

/** Who is told by the hints of a folder. */
export interface HintListener {
  /** Something may have changed: this entry, or anything where no name is known. */
  hint(name: string | undefined): void
  problem(message: string): void
}

/** Hears of changes in `tasks/`, whatever becomes of the folder; by polling where the system has no watch left to give. */
export class FolderHints {
  readonly #folders: InboxFolders
  readonly #listener: HintListener
  #polling: boolean
  #folder = ''
  #hints: Hints | undefined

  constructor(folders: InboxFolders, polling: boolean, listener: HintListener) {
    this.#folders = folders
    this.#polling = polling
    this.#listener = listener
  }

  /** Settles when events of the folder that was followed last are heard. */
  get ready(): Promise<void> {
    return this.#hints?.ready ?? Promise.resolve()
  }

  /** Sees to it that the folder of this moment is watched; one that was removed is made again. Throws the error of the file system. */
  async follow(): Promise<void> {
    const path = this.#folders.tasks
    makeFolders(this.#folders)
    const stat = lstatSync(path)
    const folder = `${stat.dev}:${stat.ino}:${stat.birthtimeMs}`
    if (folder === this.#folder) return
    if (this.#folder !== '') this.#listener.problem('tasks/ was replaced by another directory; watching that one now')
    this.#folder = folder
    await this.close()
    const hint = (name: string | undefined) => this.#listener.hint(name)
    this.#hints = listenForHints(path, this.#polling, { hint, limit: (code) => this.#poll(code) })
    void this.#hints.ready.then(() => hint(undefined)) // what came before the watch stood gave no event
  }

  async close(): Promise<void> {
    await this.#hints?.close()
  }

  /** From the next time on that the folder is followed. */
  #poll(code: string): void {
    this.#polling = true
    this.#folder = ''
    this.#listener.problem(`the system's limit of file watches is reached (${code}): polling tasks/ instead`)
    this.#listener.hint(undefined)
  }
}
