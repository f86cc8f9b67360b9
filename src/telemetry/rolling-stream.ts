import { once } from 'node:events'
import { linkSync, renameSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import type { pino } from 'pino'
import { wordsOf } from '../lib/words-of.ts'

/** A file that text is written to at once, in this thread: what waits for a worker is lost when the process is killed. */
export interface RollingStream {
  /** Never throws; text that cannot be written waits in memory, up to 1 MiB. */
  write(text: string): void
  close(): Promise<void>
}

type Destination = ReturnType<typeof pino.destination>

const COMMON = { mkdir: true, sync: true, maxLength: 1024 * 1024, mode: 0o600 }

/**
 * Opens `path`, rotated by pino-roll at about 1 MB with 3 files kept. pino-roll numbers its files, so they lie in `rolled/` beside it,
 * and `path` is a link to the newest. Rejects with the error of the file system; `onProblem` is told once when writing fails later.
 */
export async function openRollingStream(path: string, onProblem: (message: string) => void): Promise<RollingStream> {
  const numbered = await openNumbered(path, onProblem)
  const destination = numbered ?? (await openPlain(path))
  const file = () => (numbered === undefined ? path : fileOf(numbered))
  let failing = false

  function problem(error: unknown): void {
    if (!failing) onProblem(`${path} cannot be written: ${wordsOf(error)}`)
    failing = true
  }

  /** Makes everything again that was deleted meanwhile. */
  function keep(): void {
    try {
      const current = inode(file())
      if (current === undefined) destination.reopen()
      if (current === undefined || current !== inode(path)) linkCurrent(file(), path)
    } catch (error) {
      problem(error)
    }
  }

  destination.on('error', problem)
  destination.on('ready', keep)
  destination.on('write', () => {
    failing = false
  })
  return {
    write(text) {
      keep()
      destination.write(text)
    },
    async close() {
      // A stream that cannot write its last lines tells an error and never closes by itself.
      const closed = once(destination, 'close').catch(() => destination.destroy())
      destination.end()
      await closed
    },
  }
}

/** Undefined where pino-roll refuses the path (it may have no character that Windows forbids) or the file system has no links. */
async function openNumbered(path: string, onProblem: (message: string) => void): Promise<Destination | undefined> {
  // A folder of its own: any other file with digits in its name would hijack the numbering.
  const file = join(dirname(path), 'rolled', basename(path, '.log'))
  try {
    const { default: roll } = await import('pino-roll')
    const destination = await roll({ ...COMMON, file, extension: '.log', size: '1m', limit: { count: 3, removeOtherLogFiles: true } })
    linkCurrent(fileOf(destination), path)
    return destination
  } catch (error) {
    onProblem(`${path} is not rotated: ${wordsOf(error)}`)
    return undefined
  }
}

async function openPlain(path: string): Promise<Destination> {
  const { pino } = await import('pino')
  return pino.destination({ ...COMMON, dest: path })
}

/** SonicBoom keeps the path of its open file in a property that its types leave out. */
function fileOf(destination: Destination): string {
  return 'file' in destination ? String(destination.file) : ''
}

/** Makes `path` a link to the file, by a rename, so that it is there at any time; a no-op where it is that already. */
function linkCurrent(file: string, path: string): void {
  if (inode(file) === inode(path)) return
  const temporary = join(dirname(path), `.${basename(path)}.tmp`)
  rmSync(temporary, { force: true })
  try {
    linkSync(file, temporary)
  } catch {
    symlinkSync(relative(dirname(path), file), temporary)
  }
  renameSync(temporary, path)
}

function inode(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.ino
}
