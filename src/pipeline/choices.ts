import type { Config, TypeDefaults } from '../config/schema.ts'
import { DEFAULT_TYPE, type FrontMatter, type Task } from '../domain/task.ts'
import { parseDuration } from '../lib/duration.ts'
import { verifyCommands } from '../verify/criteria.ts'

const FIX_ATTEMPTS = 1

/** All that a task, its type and the variables have a say in, settled: the task file first, then its type, then the variables. */
export interface Choices {
  readonly agent: string
  readonly model: string | undefined
  /** Wall-clock limit of an attempt in milliseconds. */
  readonly timeoutMs: number
  /** Agent turns of an attempt; 0 leaves the agent's own limit. */
  readonly maxTurns: number
  /** Over all attempts, in US dollars. */
  readonly budgetUsd: number | undefined
  /** Extra attempts after passing faults and interruptions. */
  readonly retries: number
  /** Shell commands that must succeed after the agent, those that criteria name among them. */
  readonly verify: readonly string[]
  /** How often a failed verify command is handed back to the agent. */
  readonly fixAttempts: number
  readonly permissionMode: string | undefined
  readonly allowedTools: readonly string[]
  readonly disallowedTools: readonly string[]
}

/** Platforms by the word that begins an origin: text that came over one is data, whoever wrote it. */
const PLATFORM = /^(?:telegram|slack|github|(?:e-?)?mail)(?::|$)/i

/** Whether a task may say no more than a message can: all that came over a platform, unless BRIDGE_DOCUMENTS is full. */
export function isPlain({ origin }: FrontMatter, { BRIDGE_DOCUMENTS }: Pick<Config['settings'], 'BRIDGE_DOCUMENTS'>): boolean {
  return origin !== undefined && PLATFORM.test(origin) && BRIDGE_DOCUMENTS !== 'full'
}

/**
 * The choices for a task under a configuration. A plain task is refused before it starts where it names commands or permissions; here they
 * count for nothing, wherever they come from, and what the local model has read is never run and gives no permission.
 */
export function choicesOf({ head: written, type, criteria, inferred }: Task, { settings, types }: Config): Choices {
  const plain = isPlain(written, settings)
  const head = plain ? { ...written, verify: undefined, permission_mode: undefined } : written
  const byType: TypeDefaults = own(types, type) ?? {}
  const isInferred = (field: (typeof inferred)[number]['field']) => inferred.some((one) => one.field === field)
  const granted: TypeDefaults = plain && isInferred('type') ? (own(types, DEFAULT_TYPE) ?? {}) : byType
  const checked = plain || isInferred('criteria') ? [] : criteria
  const denied = [plain ? byType.disallowed_tools : [], head.disallowed_tools ?? byType.disallowed_tools].flatMap((tools) => tools ?? [])
  return {
    ...queueChoicesOf({ head, type }, { settings, types }),
    model: head.model ?? byType.model,
    timeoutMs: parseDuration(head.timeout ?? byType.timeout ?? '') ?? settings.CLAUDE_TIMEOUT_SEC * 1000,
    maxTurns: head.max_turns ?? byType.max_turns ?? settings.CLAUDE_MAX_TURNS,
    retries: head.retries ?? byType.retries ?? settings.MAX_RETRIES,
    verify: verifyCommands(head.verify ?? byType.verify ?? [own(settings.VERIFY_DEFAULT ?? {}, type) ?? []].flat(), checked),
    fixAttempts: head.fix_attempts ?? byType.fix_attempts ?? FIX_ATTEMPTS,
    permissionMode: head.permission_mode ?? granted.permission_mode,
    allowedTools: head.allowed_tools ?? granted.allowed_tools ?? [],
    disallowedTools: [...new Set(denied)],
  }
}

/** Those of the choices that the order of the queue depends on. */
export function queueChoicesOf(
  { head, type }: Pick<Task, 'head' | 'type'>,
  { settings, types }: Pick<Config, 'settings' | 'types'>,
): Pick<Choices, 'agent' | 'budgetUsd'> {
  const byType: TypeDefaults = own(types, type) ?? {}
  return {
    agent: head.agent ?? byType.agent ?? settings.DEFAULT_AGENT,
    budgetUsd: head.max_budget_usd ?? byType.max_budget_usd ?? settings.MAX_BUDGET_USD,
  }
}

/** What a record says of a name that somebody wrote: never what all objects have. */
function own<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined
}
