import { join } from 'node:path'
import ignore, { type Ignore } from 'ignore'
import { readAtOnce } from './read-only.ts'

/** Where the file systems usually take upper and lower case for the same, patterns do as well. */
const IGNORE_CASE = process.platform !== 'linux'

/** The `.gitignore` files of a directory and of those below it, as far as they were read; those above it do not count. */
export class IgnoreRules {
  readonly #root: string
  /** By the directory that a file lies in, `/` at the end of its path. */
  readonly #rules = new Map<string, Ignore>()

  constructor(root: string) {
    this.#root = root
  }

  /** Reads the rules of a directory; the path is relative, with `/` at its end, and empty for the root. */
  read(directory: string): void {
    try {
      const patterns = readAtOnce(join(this.#root, directory, '.gitignore')).toString()
      this.#rules.set(directory, ignore({ ignorecase: IGNORE_CASE }).add(patterns))
    } catch {
      // What cannot be read has no rules.
    }
  }

  /** Whether a path is ignored; that of a directory ends in `/`. The rules that lie nearest to it come first. */
  ignores(path: string): boolean {
    if (this.#rules.size === 0) return false
    for (let end = path.lastIndexOf('/', path.length - 2); ; end = path.lastIndexOf('/', end - 1)) {
      const verdict = this.#rules.get(path.slice(0, end + 1))?.test(path.slice(end + 1))
      if (verdict?.ignored) return true
      if (verdict?.unignored || end < 0) return false
    }
  }
}
