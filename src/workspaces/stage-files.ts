import { existsSync } from 'node:fs'
import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { PrivateRepository } from './private-repository.ts'
import type { TouchedFiles } from './touched-files.ts'

/** Puts what was touched into the index: the path of the index that then has the state of the directory, or undefined where git fails. */
export async function stageFiles(repository: PrivateRepository, { read, gone, stamped }: TouchedFiles): Promise<string | undefined> {
  if (!(await updateIndex(repository, ['--force-remove'], gone))) return undefined
  if (!(await updateIndex(repository, ['--add', '--remove'], read))) return undefined
  if (stamped.size === 0) return repository.index
  // Beside the real index, where git would read large files again and again to see whether they differ from their stamps.
  const index = `${repository.index}.stamped`
  return (await addStamps(repository, stamped, index)) ? index : undefined
}

/**
 * Stores what an index has as a tree of git: its name, or undefined where git fails. Objects may be missing, since those of the
 * repository are not seen here and a partial clone has not all of them.
 */
export async function writeTree({ git }: PrivateRepository, index: string): Promise<string | undefined> {
  const { code, stdout } = await git(['write-tree', '--missing-ok'], { env: { GIT_INDEX_FILE: index } })
  return code === 0 ? stdout.trim() : undefined
}

async function updateIndex({ git }: PrivateRepository, options: readonly string[], paths: readonly string[]): Promise<boolean> {
  if (paths.length === 0) return true
  const { code } = await git(['update-index', '-z', ...options, '--stdin'], { stdin: paths.map((path) => `${path}\0`).join('') })
  return code === 0
}

/** Stamps end in a NUL, so that git takes them for binary files. */
async function addStamps({ git, index, directory }: PrivateRepository, stamped: TouchedFiles['stamped'], to: string): Promise<boolean> {
  const folder = join(directory, 'stamps')
  const files = [...stamped.values()].map((stamp, place) => ({ path: join(folder, String(place)), content: `${stamp}\0` }))
  try {
    await mkdir(folder, { recursive: true })
    for (const { path, content } of files) await writeFile(path, content)
    await rm(to, { force: true })
    if (existsSync(index)) await copyFile(index, to)
  } catch {
    return false
  }
  const hashed = await git(['hash-object', '-w', '--no-filters', '--stdin-paths'], { stdin: files.map(({ path }) => `${path}\n`).join('') })
  const names = hashed.stdout.split(/\r?\n/)
  const entries = [...stamped.keys()].map((path, place) => `100644 ${names[place]}\t${path}\0`)
  const { code } = await git(['update-index', '-z', '--index-info'], { stdin: entries.join(''), env: { GIT_INDEX_FILE: to } })
  return hashed.code === 0 && code === 0
}
