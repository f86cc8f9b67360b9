import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Environment } from './environment.ts'
import type { Settings } from './schema.ts'

/** Where tasks work and what they may not leave; absolute, symbolic links not resolved. */
export interface Directories {
  /** What the cwd of a task is relative to. */
  readonly base: string
  /** No task works outside it. */
  readonly root: string
}

/** The part of a `Config` that decides on them. */
export interface DirectorySources {
  readonly home: string
  readonly settings: Pick<Settings, 'CLAUDE_BASE_CWD' | 'CLAUDE_ALLOWED_ROOT'>
  readonly environment: Environment
}

/** CLAUDE_BASE_CWD relative to the home, and CLAUDE_ALLOWED_ROOT, each with its default; a leading `~` is the user's home. */
export function directories({ home, settings, environment }: DirectorySources): Directories {
  const absolute = (path: string) => {
    const [tilde, below = ''] = /^~(?:[/\\](.*))?$/s.exec(path) ?? []
    return tilde === undefined ? resolve(home, path) : join(environment.HOME || homedir(), below)
  }
  const base = absolute(settings.CLAUDE_BASE_CWD ?? '.')
  return { base, root: settings.CLAUDE_ALLOWED_ROOT === undefined ? base : absolute(settings.CLAUDE_ALLOWED_ROOT) }
}
