import { readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { readAtOnce } from './read-only.ts'
import { LONGEST_LOOK_MS } from './slices.ts'
import type { FileStamp } from './snapshot.ts'

/** How much is read of the files of a directory. */
export interface ReadingLimits {
  /** Of one file. */
  readonly bytes: number
  /** Of all together. */
  readonly total: number
  /** Time of our own for all together. */
  readonly busyMs: number
}

/** Reads files of a directory as long as they are small and the allowance lasts; of a link, where it leads to. */
export class ContentReader {
  readonly #root: string
  readonly #limits: ReadingLimits
  #bytes = 0
  #busyMs = 0

  constructor(root: string, limits: ReadingLimits) {
    this.#root = root
    this.#limits = limits
  }

  /** Whether nothing more is read. */
  get isSpent(): boolean {
    return this.#bytes >= this.#limits.total || this.#busyMs >= this.#limits.busyMs
  }

  /** Undefined where a file is not read. */
  read(path: string, { size, mode }: FileStamp): Buffer | undefined {
    if (size > this.#limits.bytes || this.isSpent) return undefined
    const start = performance.now()
    const content = contentOf(join(this.#root, path), isLink(mode))
    this.#busyMs += Math.min(LONGEST_LOOK_MS, performance.now() - start)
    this.#bytes += content?.length ?? 0
    return content
  }
}

/** See S_IFLNK in inode(7); Node has it on Windows as well. */
function isLink(mode: number): boolean {
  return (mode & 0o170000) === 0o120000
}

function contentOf(path: string, isALink: boolean): Buffer | undefined {
  try {
    return isALink ? readlinkSync(path, { encoding: 'buffer' }) : readAtOnce(path)
  } catch {
    return undefined
  }
}
