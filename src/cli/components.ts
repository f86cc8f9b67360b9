import { statSync } from 'node:fs'
import { delimiter, isAbsolute, join } from 'node:path'
import { telegramOff } from '../bridges/telegram/wanted.ts'
import { parseDotenv } from '../config/dotenv.ts'
import type { Environment } from '../config/environment.ts'
import type { HomePaths } from '../config/home.ts'
import { readStateText } from '../lib/read-state.ts'
import { withoutPassword } from '../lib/redact.ts'

/** A part that the orchestrator works with; `ok` is null where only `doctor` can tell. */
export interface Component {
  readonly name: string
  readonly ok: boolean | null
  readonly detail: string
}

/** A quick look at what is needed, which starts no program and asks no server. */
export async function lookAtComponents({ env: path, yaml }: HomePaths, environment: Environment): Promise<readonly Component[]> {
  const file = parseDotenv(readStateText(path, { links: true }) ?? '').entries
  const written = (name: string) => environment[name] || file.findLast((entry) => entry.name === name)?.value || undefined
  return [
    await lookAtClaude(yaml, environment),
    { name: 'ollama', ok: null, detail: withoutPassword(written('OLLAMA_HOST') ?? 'default address') },
    { name: 'telegram', ok: null, detail: telegramOff(written) ?? 'configured' },
  ]
}

/** The program that would be started: the one that the configuration names, else the first on PATH. */
async function lookAtClaude(yaml: string, environment: Environment): Promise<Component> {
  const name = 'claude'
  const text = readStateText(yaml, { links: true }) ?? ''
  // What reads YAML takes longer to load than all of `status`, and few name this agent.
  const read = /^(?!\s*#).*\bclaude\b/m.test(text) ? await (await import('../config/yaml-file.ts')).parseYaml(text) : undefined
  if (read && read.problems.length > 0) return { name, ok: null, detail: 'config/orchestrator.yaml is broken' }
  const configured = read?.value.agents.claude
  const command = configured?.command
  const found = findProgram(command ?? name, { ...environment, ...configured?.environment })
  const missing = command === undefined ? 'not on PATH' : `no program ${command} (agents.claude.command)`
  return { name, ok: found !== undefined, detail: found ?? missing }
}

/** Where a program lies that a shell would find. */
function findProgram(name: string, environment: Environment): string | undefined {
  if (isAbsolute(name) && isProgram(name)) return name
  const endings = process.platform === 'win32' ? (environment.PATHEXT ?? '.EXE;.CMD').split(';') : ['']
  const folders = isAbsolute(name) ? [''] : (environment.PATH ?? environment.Path ?? '').split(delimiter).filter(Boolean)
  return folders.flatMap((folder) => endings.map((ending) => join(folder, name + ending))).find(isProgram)
}

function isProgram(path: string): boolean {
  try {
    const stats = statSync(path)
    return stats.isFile() && (process.platform === 'win32' || (stats.mode & 0o111) !== 0)
  } catch {
    return false // not there, or where nobody may look
  }
}
