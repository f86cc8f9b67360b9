import type { DotenvEntry } from './dotenv.ts'
import type { Environment } from './environment.ts'
import { faultIn } from './expectation.ts'
import type { Problem } from './problem.ts'
import { type Config, type Origin, type SettingName, type Settings, settingsSchema } from './schema.ts'

/** All variables that mean something, in the order of the schema. */
export const SETTING_NAMES = Object.keys(settingsSchema.shape) as readonly SettingName[]

/** Values given on the command line, by the variable that they stand for. */
export type Overrides = Partial<Readonly<Record<SettingName, string>>>

/** The places a value can come from. */
export interface Sources {
  readonly flags: Overrides
  readonly env: Environment
  /** Assignments of `.env`; of several to one name the last counts. */
  readonly file: readonly DotenvEntry[]
}

/** A value as it was written. */
export interface Given {
  readonly name: SettingName
  readonly value: string
  readonly origin: Origin
  /** For people: `.env line 3`. */
  readonly where: string
}

/** What the sources make together. */
export interface Gathered {
  /** Undefined where there are problems. */
  readonly settings: Settings | undefined
  readonly problems: readonly Problem[]
  readonly origins: Config['origins']
  /** What was written for a variable; undefined where the default stands. */
  given(name: SettingName): Given | undefined
}

/**
 * Takes every variable from the first source that has it (command line, environment, `.env`) and checks all. Empty values count as
 * unset, and so do all values of the names in `except`.
 */
export function gatherSettings(sources: Sources, except: ReadonlySet<string | undefined> = new Set()): Gathered {
  const wanted = SETTING_NAMES.filter((name) => !except.has(name))
  const found = wanted.map((name) => find(name, sources)).filter((one) => one !== undefined)
  const given = new Map<PropertyKey | undefined, Given>(found.map((one) => [one.name, one]))
  const parsed = settingsSchema.safeParse(Object.fromEntries(found.map(({ name, value }) => [name, value])))
  const problems = (parsed.error?.issues ?? []).flatMap((issue): Problem[] => {
    const one = given.get(issue.path[0])
    return one === undefined ? [] : [{ where: one.where, name: one.name, message: faultIn(issue, one.name, one.value) }]
  })
  const origins = Object.fromEntries(SETTING_NAMES.map((name) => [name, given.get(name)?.origin ?? 'default'])) as Config['origins']
  return { settings: parsed.data, problems, origins, given: (name) => given.get(name) }
}

function find(name: SettingName, { flags, env, file }: Sources): Given | undefined {
  const flag = flags[name]
  if (flag !== undefined) return { name, value: flag, origin: 'flag', where: 'command line' }
  const own = env[name]
  if (own) return { name, value: own, origin: 'environment', where: 'environment' }
  const entry = file.findLast((one) => one.name === name)
  return entry?.value ? { name, value: entry.value, origin: '.env', where: `.env line ${entry.line}` } : undefined
}
