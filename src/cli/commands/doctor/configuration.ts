import { loadConfig } from '../../../config/load.ts'
import { describeProblem } from '../../../config/problem.ts'
import { configRedactor, environmentsOf } from '../../../config/redactor.ts'
import type { Config } from '../../../config/schema.ts'
import { SETTING_NAMES } from '../../../config/settings.ts'
import { isOrdinaryWord, SECRET_NAME, SHORTEST_SECRET, secretsIn, withoutPassword } from '../../../lib/redact.ts'
import type { Context } from '../../context.ts'
import type { Check } from './check.ts'

/** A value that is in force, secrets masked, and where it comes from. */
export interface EffectiveValue {
  readonly name: string
  readonly value: string
  readonly origin: string
}

/** What the configuration came to. */
export interface Examined {
  /** With the default in place of what is broken, so that the other checks can be made. */
  readonly config: Config
  readonly values: readonly EffectiveValue[]
  readonly checks: readonly Check[]
}

/** Loads the configuration as `start` does, and takes it apart. */
export async function examineConfiguration({ home, env }: Pick<Context, 'home' | 'env'>): Promise<Examined> {
  const group = 'Configuration'
  const outcome = await loadConfig({ home, env })
  const config = outcome.ok ? outcome.config : outcome.rest
  const notes = config.notes.map((detail): Check => ({ group, name: 'note', status: 'warn', detail }))
  if (!outcome.ok) {
    const fix = 'Mend it there; .env.example shows every setting with its default. What follows is checked with the default.'
    const checks = outcome.problems.map(
      (problem): Check => ({ group, name: 'problem', status: 'fail', detail: describeProblem(problem), fix }),
    )
    const broken = new Map(outcome.problems.map(({ name, where }) => [name, `default; broken in ${where}`]))
    const values = effectiveValues(config).map((value) => ({ ...value, origin: broken.get(value.name) ?? value.origin }))
    return { config, values, checks: [...checks, ...notes] }
  }
  const values = effectiveValues(config)
  const changed = values.filter(({ origin }) => origin !== 'default').length
  const valid: Check = {
    group,
    name: 'settings',
    status: 'ok',
    detail: `valid; ${changed === 0 ? 'all' : `all but ${changed}`} as by default`,
  }
  return { config, values, checks: [valid, ...notes, ...weakSecrets(config)] }
}

/** Secrets that cannot be masked everywhere, or nowhere: what reads like a word, and what is short. */
function weakSecrets(config: Config): readonly Check[] {
  const group = 'Configuration'
  const fix = 'Make it longer, with digits and signs; then it is masked wherever it stands.'
  return secretsIn(...environmentsOf(config)).flatMap(({ name, value }): Check[] => {
    const text = value.trim()
    if (text.length < SHORTEST_SECRET) {
      const detail = `${name} has less than ${SHORTEST_SECRET} characters: it is masked nowhere`
      return text !== '' && MEANT_AS_SECRET.test(name) ? [{ group, name: 'secret', status: 'warn', detail, fix }] : []
    }
    if (!isOrdinaryWord(text)) return []
    return [
      {
        group,
        name: 'secret',
        status: 'warn',
        detail: `${name} is an ordinary word: it is masked in texts, not in names of tasks and files`,
        fix,
      },
    ]
  })
}

/** Names that leave no doubt: much else that has KEY in its name is no secret. */
const MEANT_AS_SECRET = /PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN/i
function effectiveValues(config: Config): EffectiveValue[] {
  const redact = configRedactor(config)
  const shown = (name: string, value: string) =>
    value !== '' && SECRET_NAME.test(name) ? 'set, not shown' : redact(withoutPassword(value))
  const settings = SETTING_NAMES.map((name) => {
    return { name, value: shown(name, asWritten(config.settings[name])), origin: config.origins[name] as string }
  })
  const yaml = [...leaves('agents', config.agents), ...leaves('types', config.types)].filter(([, value]) => value !== undefined)
  return [
    ...settings,
    ...yaml.map(([name, value]) => ({
      name,
      value: shown(name, String(value)),
      origin: 'orchestrator.yaml',
    })),
  ]
}

/** The value of a setting as one would write it in `.env`; empty where there is none. */
function asWritten(value: unknown): string {
  if (Array.isArray(value)) return value.join(',')
  if (typeof value !== 'object' || value === null) return String(value ?? '')
  return Object.entries(value)
    .map(([type, command]) => `${type}: ${command}`)
    .join(', ')
}

/** `agents.claude.command` and its value, for everything that a map of maps holds. */
function leaves(name: string, value: unknown): [string, unknown][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [[name, value]]
  return Object.entries(value).flatMap(([key, inner]) => leaves(`${name}.${key}`, inner))
}
