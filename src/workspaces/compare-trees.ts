import type { FileChange } from '../domain/run.ts'
import type { Changes } from './contract.ts'
import { cutPatch, LONGEST_PATCH } from './patch.ts'
import type { PrivateRepository } from './private-repository.ts'

const KINDS: Readonly<Record<string, FileChange['change']>> = { A: 'added', D: 'deleted' }
const PLAIN = ['--no-renames', '--no-ext-diff', '--no-textconv', '--no-color', '--relative']

/** What differs between two trees below the directory; null where git cannot tell. A renamed file is one deleted and one added. */
export async function compareTrees(
  { git, withAllObjects: env }: PrivateRepository,
  before: string,
  after: string,
): Promise<Changes | null> {
  if (before === after) return { files: [], patch: '' }
  const diff = (...form: string[]) => ['diff-tree', '-r', ...PLAIN, ...form, before, after]
  const [counted, patch] = await Promise.all([
    git(diff('-z', '--raw', '--numstat'), { env }),
    git(diff('-p'), { env, longest: LONGEST_PATCH + 1 }),
  ])
  if (counted.code === 0) return { files: readFiles(counted.stdout), patch: cutPatch(patch.stdout) }
  // The lines cannot be counted once the objects of before are gone, as when the repository itself was deleted.
  const named = await git(diff('-z', '--raw'))
  return named.code === 0 ? { files: readFiles(named.stdout), patch: '' } : null
}

/** Reads what `-z --raw --numstat` prints: `:modes names status`, path, ...; then `added<TAB>removed<TAB>path`, ... with `-` for binary files. */
function readFiles(output: string): FileChange[] {
  const files = new Map<string, FileChange>()
  const parts = output.split('\0').values()
  for (const part of parts) {
    if (part.startsWith(':')) {
      const path = parts.next().value ?? ''
      const change = KINDS[part.slice(part.lastIndexOf(' ') + 1)] ?? 'modified'
      files.set(path, { path, change, lines_added: null, lines_removed: null })
      continue
    }
    const [, added, removed, path = ''] = /^(\d+|-)\t(\d+|-)\t(.*)$/s.exec(part) ?? []
    const file = files.get(path)
    if (file && added !== '-') files.set(path, { ...file, lines_added: Number(added), lines_removed: Number(removed) })
  }
  return [...files.values()].sort((a, b) => (a.path < b.path ? -1 : 1))
}
