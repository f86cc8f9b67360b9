import type { Baseline, Scope } from './baseline.ts'
import { compareTrees } from './compare-trees.ts'
import { findRepository, liesBelowGit } from './found-repository.ts'
import { type Environment, findGit } from './git-program.ts'
import { makePrivateRepository } from './private-repository.ts'
import { stageFiles, writeTree } from './stage-files.ts'
import { findTouched, NESTED, type TouchedFiles } from './touched-files.ts'

/** A state of the work tree. */
interface Recorded {
  readonly touched: TouchedFiles
  readonly tree: string
}

/**
 * Records a directory in a work tree of git as it is now, uncommitted changes included. Undefined where git cannot do that or
 * would not see all: no git, no repository, one of somebody else, a directory that is ignored as a whole, or repositories inside of it.
 * Commits, branches and the index of the repository do not matter to what changed: only files do, except those that are ignored.
 * A repository that comes to be inside of it meanwhile is one added path. What is needed meanwhile lies in `scratch`.
 */
export async function openGitBaseline(scope: Scope, environment: Environment, scratch: string): Promise<Baseline | undefined> {
  const { cwd } = scope
  const git = liesBelowGit(cwd) ? findGit(environment) : undefined
  const found = git && (await findRepository(git, cwd, environment))
  if (!git || !found) return undefined
  const repository = await makePrivateRepository(git, { found, cwd, environment, scratch })
  if (!repository) return undefined
  const ignored = [...scope.ignored, repository.directory]
  const stamped = new Set<string>()
  const record = async (): Promise<Recorded | undefined> => {
    const touched = await findTouched(repository, { cwd, ignored }, stamped)
    const index = touched && (await stageFiles(repository, touched))
    if (!touched || index === undefined) return undefined
    for (const path of touched.stamped.keys()) stamped.add(path)
    // Waited for before the agent starts: where times are too close to tell, git reads the files once more, and must not meet half a write.
    const tree = await writeTree(repository, index)
    return tree === undefined ? undefined : { touched, tree }
  }
  const ignoresAll = async () => cwd !== found.top && (await repository.git(['check-ignore', '-q', '.'])).code !== 1
  const [before, isIgnored] = await Promise.all([record(), ignoresAll()])
  if (!before || isIgnored || [...before.touched.stamped.values()].includes(NESTED)) {
    await repository[Symbol.asyncDispose]()
    return undefined
  }
  return {
    async changes() {
      const now = await record()
      return now ? compareTrees(repository, before.tree, now.tree) : null
    },
    [Symbol.asyncDispose]: () => repository[Symbol.asyncDispose](),
  }
}
