import { type HomePaths, homePaths, isHome } from '../../config/home.ts'
import { OrchestratorError } from '../../domain/errors.ts'

/** The paths of a home; throws `no_home` where the directory is none. */
export function requireHome(home: string): HomePaths {
  if (!isHome(home)) throw new OrchestratorError('no_home', `${home} is no orchestrator home.`)
  return homePaths(home)
}
