import { statSync } from 'node:fs'
import { OrchestratorError } from '../domain/errors.ts'
import { lookAt } from '../lib/read-state.ts'
import { SECRET_NAME } from '../lib/redact.ts'
import { type DotenvEntry, parseDotenv } from './dotenv.ts'
import { type Environment, processEnvironment } from './environment.ts'
import { homePaths } from './home.ts'
import { describeProblem, type Problem } from './problem.ts'
import { checkDirectories, checkNames, noteUnknownTypes } from './rules.ts'
import { type Config, settingsSchema } from './schema.ts'
import { gatherSettings, type Overrides, SETTING_NAMES } from './settings.ts'
import { parseYaml } from './yaml-file.ts'

/** What the configuration is made of. */
export interface ConfigSources {
  readonly home: string
  /** The environment of this process where left out. */
  readonly env?: Environment
  /** Options of the command line; they win over everything. */
  readonly flags?: Overrides
}

/** A configuration, or all that is wrong with it. */
export type LoadOutcome =
  | { readonly ok: true; readonly config: Config }
  | {
      readonly ok: false
      readonly problems: readonly Problem[]
      /** What is right, with the default in place of each thing that is wrong: enough to look further, not to run tasks. */
      readonly rest: Config
    }

/** Reads `.env`, the environment and `config/orchestrator.yaml` and checks them as a whole. Files that are not there are no problem. */
export async function loadConfig({ home, env = processEnvironment(), flags = {} }: ConfigSources): Promise<LoadOutcome> {
  const paths = homePaths(home)
  const dotenvText = readText(paths.env, '.env')
  const yamlText = readText(paths.yaml, 'config/orchestrator.yaml')
  const file = parseDotenv(dotenvText.text ?? '')
  const environment = mergeEnvironment(env, file.entries)
  const sources = { flags, env, file: file.entries }
  const gathered = gatherSettings(sources)
  const yaml = await parseYaml(yamlText.text)
  const problems: readonly Problem[] = [
    ...dotenvText.problems,
    ...file.problems.map(({ line, message }) => ({ where: `.env line ${line}`, message })),
    ...checkNames(file.entries),
    ...gathered.problems,
    ...checkDirectories(home, environment, gathered.given),
    ...yamlText.problems,
    ...yaml.problems,
  ]
  const broken = new Set(problems.map(({ name }) => name))
  const { settings = settingsSchema.parse({}), origins } = broken.size === 0 ? gathered : gatherSettings(sources, broken)
  const notes = [
    ...noteUnknownTypes(settings, gathered.given('VERIFY_DEFAULT'), yaml.value.types),
    ...notesOn(paths.env, env, file.entries),
  ]
  const config = { home, settings, ...yaml.value, origins, environment, notes }
  return problems.length === 0 ? { ok: true, config } : { ok: false, problems, rest: config }
}

/** The configuration; throws `bad_config` with every problem on a line of its own. */
export async function requireConfig(sources: ConfigSources): Promise<Config> {
  const outcome = await loadConfig(sources)
  if (outcome.ok) return outcome.config
  throw new OrchestratorError('bad_config', outcome.problems.map(describeProblem).join('\n'))
}

/** No configuration is so large. */
const MOST_BYTES = 4 * 1024 * 1024

/** The text of a file, undefined where there is none; one that cannot be read is a problem. */
function readText(path: string, where: string): { readonly text?: string; readonly problems: readonly Problem[] } {
  const looked = lookAt(path, { links: true, most: MOST_BYTES })
  if (looked.kind === 'missing') return { problems: [] }
  if (looked.kind === 'odd') {
    const { code } = looked
    return {
      problems: [{ where, message: code === 'not_utf8' ? 'must be UTF-8' : `cannot be read: ${code === 'EISDIR' ? code : looked.why}` }],
    }
  }
  return { text: looked.text.replace(/^\ufeff/, ''), problems: [] }
}

function mergeEnvironment(env: Environment, file: readonly DotenvEntry[]): Environment {
  const added = file.filter(({ name, value }) => value !== '' && !env[name])
  return { ...env, ...Object.fromEntries(added.map(({ name, value }) => [name, value])) }
}

function notesOn(path: string, env: Environment, file: readonly DotenvEntry[]): readonly string[] {
  const names: ReadonlySet<string> = new Set(SETTING_NAMES)
  const overruled = file.filter(({ name, value }) => names.has(name) && value !== '' && env[name] && env[name] !== value)
  const notes = overruled.map(({ name, line }) => `.env line ${line}: ${name} is not used, since the environment sets it too`)
  const secret = file.some(({ name, value }) => value !== '' && SECRET_NAME.test(name))
  const open = process.platform !== 'win32' && ((statSync(path, { throwIfNoEntry: false })?.mode ?? 0) & 0o077) !== 0
  return secret && open ? [...notes, `.env holds secrets and can be read by other users: chmod 600 ${path}`] : notes
}
