import { isDeepStrictEqual } from 'node:util'
import { isReadOnly } from '../domain/task.ts'
import { parseDuration } from '../lib/duration.ts'
import { SECRET_NAME } from '../lib/redact.ts'
import { resolveInside } from '../lib/safe-path.ts'
import { directories } from './directories.ts'
import type { Environment } from './environment.ts'
import type { Config, Settings, TypeDefaults } from './schema.ts'
import { SETTING_NAMES } from './settings.ts'

/** An edit without what may not hold yet. */
export interface Narrowed {
  /** What holds now: the configuration from before with all that the edit takes away. */
  readonly config: Config
  /** What else the edit changes: names of settings and variables, and paths such as `types.fix.verify`; never values, and at most 100. */
  readonly waiting: readonly string[]
}

/** Names come from whoever edits: so many of them are told, and so much of each. */
const MOST_NAMES = 100
const NAME_LENGTH = 100

/** What becomes of an edited value: what holds now, and whether the edit asks for more than that. */
interface Taken<T> {
  readonly value: T
  readonly waits: boolean
}

/** The two configurations between which a rule decides. */
interface Edit {
  readonly held: Config
  readonly edited: Config
}

type Rule<T> = (held: T, edited: T, edit: Edit) => Taken<T>

/** What only a person may change: programs, checks, addresses, places of work, and whatever has no direction. */
const waits = <T>(held: T): Taken<T> => ({ value: held, waits: true })

/** What gives nobody more than before, in whatever direction it is changed. */
const harmless = <T>(_held: T, edited: T): Taken<T> => ({ value: edited, waits: false })

/** Taken whole where this says that it is narrower. */
const where =
  <T>(isNarrower: (held: T, edited: T) => boolean): Rule<T> =>
  (held, edited) =>
    isNarrower(held, edited) ? { value: edited, waits: false } : { value: held, waits: true }

const smaller = where<number>((held, edited) => edited < held)
/** A limit that may be missing. */
const lower = where<number | undefined>((held, edited) => (edited ?? Number.POSITIVE_INFINITY) < (held ?? Number.POSITIVE_INFINITY))
const removed = where<string | undefined>((_held, edited) => edited === undefined)
/** From the widest to the narrowest. */
const along = <T>(...steps: readonly T[]) => where<T>((held, edited) => steps.indexOf(edited) > steps.indexOf(held))
/** 0 is the agent's own limit, which is none of ours. */
const fewerTurns = where<number>((held, edited) => edited > 0 && (held === 0 || edited < held))
/** Of a list only what was in it before. */
const fewer: Rule<string[]> = (held, edited) => ({
  value: edited.filter((item) => held.includes(item)),
  waits: edited.some((item) => !held.includes(item)),
})
/** A list of refusals: what is added holds, what is taken out stays. */
const more: Rule<string[]> = (held, edited) => ({
  value: [...held, ...edited.filter((item) => !held.includes(item))],
  waits: held.some((item) => !edited.includes(item)),
})

/** What an edit of each setting may do before a person reloads it. */
const RULES: { readonly [Name in keyof Settings]-?: Rule<Settings[Name]> } = {
  DEFAULT_AGENT: waits,
  MAX_CONCURRENT_TASKS: smaller,
  MAX_RETRIES: smaller,
  MAX_BUDGET_USD: lower,
  DAILY_BUDGET_USD: lower,
  CLAUDE_BASE_CWD: waits,
  CLAUDE_ALLOWED_ROOT: rootWithin,
  ISOLATION: waits,
  CLAUDE_TIMEOUT_SEC: smaller,
  CLAUDE_MAX_TURNS: fewerTurns,
  CLAUDE_SKIP_PERMISSIONS: along(true, false),
  REPO_SETTINGS: along('trust', 'ignore'),
  VERIFY_DEFAULT: waits,
  VERIFY_TIMEOUT_SEC: smaller, // a check that runs out of time has failed
  CRITERIA_STRICT: along(false, true),
  AGENT_ENV_PASS: fewerPatterns,
  AGENT_START_SEC: smaller,
  AGENT_IDLE_SEC: smaller,
  RESULT_EXIT_SEC: smaller,
  AGENT_ASK: along(true, false),
  ASK_WAIT_SEC: smaller,
  PROCESS_FENCE: along('sweep', 'auto', 'namespace'),
  TASK_SETTLE_MS: waits, // with none, half of a file that is still being written is a task
  RESCAN_SEC: harmless, // how soon a lost file event is made up for
  WATCH_POLLING: waits,
  SHUTDOWN_GRACE_SEC: smaller,
  OLLAMA_HOST: waits,
  OLLAMA_MODEL: waits,
  OLLAMA_TIMEOUT_SEC: waits, // a criterion that nobody had the time to judge fails no task
  TELEGRAM_BOT_TOKEN: removed,
  TELEGRAM_ALLOWED_USERS: fewer,
  TELEGRAM_CHAT_ID: removed,
  TELEGRAM_API_ROOT: waits,
  BRIDGE_DOCUMENTS: along('full', 'plain'),
  NOTIFY: along('all', 'failures', 'questions', 'none'),
  LOG_LEVEL: harmless, // logs/events.ndjson has everything that happened at every level
}

/** The same for the defaults of a type; what stands in their place where they are silent is compared, too. */
const TYPE_RULES: { readonly [Key in keyof TypeDefaults]-?: (type: string) => Rule<TypeDefaults[Key]> } = {
  agent: () => waits,
  model: () => waits,
  timeout: () => (held, edited, edit) => {
    const ms = (value: TypeDefaults['timeout'], { settings }: Config) => parseDuration(value ?? '') ?? settings.CLAUDE_TIMEOUT_SEC * 1000
    return by(smaller, ms)(held, edited, edit)
  },
  max_turns: () => by(fewerTurns, (value, { settings }) => value ?? settings.CLAUDE_MAX_TURNS),
  max_budget_usd: () => by(lower, (value, { settings }) => value ?? settings.MAX_BUDGET_USD),
  retries: () => by(smaller, (value, { settings }) => value ?? settings.MAX_RETRIES),
  verify: () => waits,
  fix_attempts: () => by(smaller, (value) => value ?? 1),
  permission_mode: (type) => by(where(grantsLess), (value, { settings }) => value ?? modeWithout(type, settings)),
  allowed_tools: () => (held, edited, edit) => listed(fewer, held, edited, edit),
  disallowed_tools: () => (held, edited, edit) => listed(more, held, edited, edit),
}

/** Splits an edit: what takes something away holds, everything else is left as it was. */
export function narrow(held: Config, edited: Config): Narrowed {
  const waiting: string[] = []
  const settings = narrowSettings({ held, edited }, waiting)
  const edit: Edit = { held, edited: { ...edited, settings } }
  const agents = narrowAgents(edit, waiting)
  const types = narrowTypes(edit, waiting)
  const partly: ReadonlySet<string> = new Set(waiting)
  const origins = Object.fromEntries(SETTING_NAMES.map((name) => [name, (partly.has(name) ? held : edited).origins[name]]))
  const environment = narrowEnvironment(edit, waiting)
  return {
    config: { ...edited, settings, agents, types, environment, origins: origins as Config['origins'] },
    waiting: waiting.slice(0, MOST_NAMES).map((name) => name.slice(0, NAME_LENGTH)),
  }
}

function narrowSettings(edit: Edit, waiting: string[]): Settings {
  const taken = SETTING_NAMES.map((name) => {
    const { value, waits: rest } = decide(RULES[name] as Rule<unknown>, edit.held.settings[name], edit.edited.settings[name], edit)
    if (rest) waiting.push(name)
    return [name, value]
  })
  return Object.fromEntries(taken) as Settings
}

/** Commands, and what is put into the environment of an agent. */
function narrowAgents({ held, edited }: Edit, waiting: string[]): Config['agents'] {
  for (const name of namesOf(held.agents, edited.agents)) {
    const [before, after] = [held.agents[name] ?? NO_AGENT, edited.agents[name] ?? NO_AGENT]
    for (const key of namesOf(before, after)) if (!isDeepStrictEqual(before[key], after[key])) waiting.push(`agents.${name}.${key}`)
  }
  return held.agents
}

const NO_AGENT: NonNullable<Config['agents']['claude']> = { environment: {} }

function narrowTypes(edit: Edit, waiting: string[]): Config['types'] {
  const { held, edited } = edit
  const types = namesOf(held.types, edited.types).map((type) => {
    const [before, after] = [own(held.types, type), own(edited.types, type)]
    const keys = Object.keys(TYPE_RULES) as (keyof TypeDefaults)[]
    const taken = keys.map((key) => {
      const { value, waits: rest } = decide(TYPE_RULES[key](type) as Rule<unknown>, before?.[key], after?.[key], edit)
      if (rest) waiting.push(`types.${type}.${key}`)
      return [key, value] as const
    })
    return [type, Object.fromEntries(taken.filter(([, value]) => value !== undefined)) as TypeDefaults] as const
  })
  return Object.fromEntries(types.filter(([type, defaults]) => own(edited.types, type) !== undefined || Object.keys(defaults).length > 0))
}

/** What agents inherit stays as it was; only a credential that was taken away is gone. */
function narrowEnvironment({ held, edited }: Edit, waiting: string[]): Environment {
  const settings: ReadonlySet<string> = new Set(SETTING_NAMES)
  const partly: ReadonlySet<string> = new Set(waiting)
  const names = namesOf(held.environment, edited.environment)
  const values = names.map((name) => {
    const [before, after] = [own(held.environment, name), own(edited.environment, name)]
    if (before === after || (after === undefined && SECRET_NAME.test(name))) return [name, after] as const
    if (settings.has(name)) return [name, partly.has(name) ? before : after] as const
    waiting.push(name)
    return [name, before] as const
  })
  return Object.fromEntries(values.filter((entry): entry is [string, string] => entry[1] !== undefined))
}

function decide<T>(rule: Rule<T>, held: T, edited: T, edit: Edit): Taken<T> {
  return isDeepStrictEqual(held, edited) ? { value: edited, waits: false } : rule(held, edited, edit)
}

/** A rule for what a value comes to; what it comes to the same with is taken as it is written. */
function by<T, Effect>(rule: Rule<Effect>, effect: (value: T, config: Config) => Effect): Rule<T> {
  return (held, edited, edit) => {
    const taken = decide(rule, effect(held, edit.held), effect(edited, edit.edited), edit)
    return taken.waits ? { value: held, waits: true } : { value: edited, waits: false }
  }
}

/** A rule for a list that may be missing, which is as good as empty. */
function listed(rule: Rule<string[]>, held: string[] = [], edited: string[] = [], edit: Edit): Taken<string[] | undefined> {
  const { value, waits: rest } = rule(held, edited, edit)
  return { value: value.length === 0 ? undefined : value, waits: rest }
}

/** How much a permission mode of Claude Code lets an agent do unasked; one that is not known here is not comparable. */
const GRANTS: Readonly<Record<string, number>> = {
  bypassPermissions: 2,
  auto: 1,
  acceptEdits: 1,
  default: 0,
  manual: 0,
  dontAsk: 0,
  plan: 0,
}

function grantsLess(held: string, edited: string): boolean {
  return (own(GRANTS, edited) ?? Number.POSITIVE_INFINITY) < (own(GRANTS, held) ?? Number.NEGATIVE_INFINITY)
}

/** The mode of tasks that name none. */
function modeWithout(type: string, { CLAUDE_SKIP_PERMISSIONS }: Settings): string {
  if (CLAUDE_SKIP_PERMISSIONS) return 'bypassPermissions'
  return isReadOnly(type) ? 'dontAsk' : 'acceptEdits'
}

/** Names of variables, or `PREFIX_*`: what stands in both lists, or is covered by the other one. */
function fewerPatterns(held: readonly string[], edited: readonly string[]): Taken<string[]> {
  const covers = (wide: string, name: string) => {
    const [pattern, one] = [wide.toUpperCase(), name.toUpperCase()]
    return pattern === one || (pattern.endsWith('*') && one.startsWith(pattern.slice(0, -1)))
  }
  const within = (list: readonly string[]) => (name: string) => list.some((one) => covers(one, name))
  const value = [...new Set([...edited.filter(within(held)), ...held.filter(within(edited))])]
  return { value, waits: !edited.every(within(held)) }
}

/** A root within the one that holds and still around the base; by its real path, so that a link on the way to it cannot be turned later. */
function rootWithin(root: string | undefined, edited: string | undefined, { held }: Edit): Taken<string | undefined> {
  const settings = { CLAUDE_BASE_CWD: held.settings.CLAUDE_BASE_CWD, CLAUDE_ALLOWED_ROOT: edited }
  const wanted = directories({ ...held, settings })
  const found = resolveInside(directories(held).root, wanted.root)
  if (!found.ok || !resolveInside(found.path, wanted.base).ok) return { value: root, waits: true }
  return { value: edited && found.path, waits: false }
}

function own<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined
}

function namesOf<T extends object>(held: T, edited: T): (keyof T & string)[] {
  return [...new Set([...Object.keys(held), ...Object.keys(edited)])] as (keyof T & string)[]
}
