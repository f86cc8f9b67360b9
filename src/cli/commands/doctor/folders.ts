import { accessSync, constants, realpathSync, type Stats, statSync } from 'node:fs'
import { dirname, relative } from 'node:path'
import { directories } from '../../../config/directories.ts'
import { homePaths, isHome } from '../../../config/home.ts'
import type { Config } from '../../../config/schema.ts'
import { wordsOf } from '../../../lib/words-of.ts'
import type { Check } from './check.ts'

const GROUP = 'Directories'

/** The folders of the home and the directories that tasks work in. */
export function checkFolders(config: Config): readonly Check[] {
  const { home } = config
  if (!isHome(home)) {
    const fix = 'orchestrator init makes one here; --home DIR or ORCHESTRATOR_HOME names another.'
    return [{ group: GROUP, name: 'home', status: 'warn', detail: `${home} is no orchestrator home`, fix }, ...workPlaces(config)]
  }
  return [...homeFolders(home), ...workPlaces(config)]
}

function homeFolders(home: string): readonly Check[] {
  const { tasks, running, waiting, processed, failed, rejected, results, summaries, logs, config, state } = homePaths(home)
  const states = [running, waiting, processed, failed, rejected]
  const broken = [home, tasks, ...states, results, summaries, logs, config, state].flatMap((folder) => problemWith(folder, home))
  const strangers = states.filter((folder) => deviceOf(folder) !== undefined && deviceOf(folder) !== deviceOf(tasks))
  const apart = strangers.map(
    (folder): Check => ({
      group: GROUP,
      name: relative(home, folder),
      status: 'fail',
      detail: 'lies on another file system than tasks/, so that a task cannot move there in one step',
      fix: 'Put tasks/ and everything below it on one file system.',
    }),
  )
  const bad = [...broken, ...apart]
  return bad.length > 0 ? bad : [{ group: GROUP, name: 'home', status: 'ok', detail: home }]
}

/** A folder that is missing is made at the start, where what it lies in can be written. */
function problemWith(folder: string, home: string): Check[] {
  const name = relative(home, folder) || 'home'
  const fail = (detail: string, fix: string): Check[] => [{ group: GROUP, name, status: 'fail', detail, fix }]
  try {
    const stats: Stats | undefined = statSync(folder, { throwIfNoEntry: false })
    if (stats && !stats.isDirectory()) return fail(`${folder} is no directory`, 'Move it away; `orchestrator init` makes the directory.')
    accessSync(stats ? folder : dirname(folder), constants.W_OK | constants.X_OK)
    return []
  } catch (error) {
    return fail(`cannot be written: ${wordsOf(error)}`, `Make ${folder} writable for this user.`)
  }
}

function deviceOf(folder: string): number | undefined {
  return statSync(folder, { throwIfNoEntry: false })?.dev
}

function workPlaces(config: Config): readonly Check[] {
  const { base, root } = directories(config)
  return [baseDirectory(base, config), place('allowed root', root, 'CLAUDE_ALLOWED_ROOT')]
}

/** A home that names no base works in itself: that goes, and is not the best. */
function baseDirectory(base: string, { home, environment }: Config): Check {
  const check = place('base directory', base, 'CLAUDE_BASE_CWD')
  if (environment.CLAUDE_BASE_CWD || check.status !== 'ok' || !isHome(home)) return check
  return {
    ...check,
    status: 'note',
    detail: `${check.detail}: tasks work in the home itself, beside the files that govern them`,
    fix: 'Make a directory for them, such as work/, and set CLAUDE_BASE_CWD=work in .env. Their cwd is relative to it then.',
  }
}

function place(name: string, path: string, variable: string): Check {
  try {
    const real = realpathSync(path)
    if (!statSync(real).isDirectory()) throw new Error(`${real} is no directory`)
    return { group: GROUP, name, status: 'ok', detail: real === path ? path : `${path} → ${real}` }
  } catch (error) {
    return { group: GROUP, name, status: 'fail', detail: wordsOf(error), fix: `Make the directory, or mend ${variable}.` }
  }
}
