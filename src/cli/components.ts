import { statSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { telegramOff } from '../bridges/telegram/wanted.ts'
import { parseDotenv } from '../config/dotenv.ts'
import type { Environment } from '../config/environment.ts'
import type { HomePaths } from '../config/home.ts'
import { readText } from '../results/read.ts'

/** A part that the orchestrator works with; `ok` is null where only `doctor` can tell. */
export interface Component {
  readonly name: string
  readonly ok: boolean | null
  readonly detail: string
}

/** A quick look at what is needed, which starts no program and asks no server. */
export function lookAtComponents({ env: path }: HomePaths, environment: Environment): readonly Component[] {
  const claude = findProgram('claude', environment)
  const file = parseDotenv(readText(path) ?? '').entries
  const written = (name: string) => environment[name] || file.findLast((entry) => entry.name === name)?.value || undefined
  return [
    { name: 'claude', ok: claude !== undefined, detail: claude ?? 'not on PATH' },
    { name: 'ollama', ok: null, detail: written('OLLAMA_HOST') ?? 'default address' },
    { name: 'telegram', ok: null, detail: telegramOff(written) ?? 'configured' },
  ]
}

/** Where a program lies that a shell would find. */
function findProgram(name: string, environment: Environment): string | undefined {
  const endings = process.platform === 'win32' ? (environment.PATHEXT ?? '.EXE;.CMD').split(';') : ['']
  const folders = (environment.PATH ?? environment.Path ?? '').split(delimiter).filter(Boolean)
  return folders.flatMap((folder) => endings.map((ending) => join(folder, name + ending))).find(isProgram)
}

function isProgram(path: string): boolean {
  const stats = statSync(path, { throwIfNoEntry: false })
  return stats?.isFile() === true && (process.platform === 'win32' || (stats.mode & 0o111) !== 0)
}
