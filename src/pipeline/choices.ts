import type { Config, TypeDefaults } from '../config/schema.ts'
import type { Task } from '../domain/task.ts'
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

/** The choices for a task under a configuration. */
export function choicesOf({ head, type, criteria }: Task, { settings, types }: Config): Choices {
  const byType: TypeDefaults = own(types, type) ?? {}
  return {
    ...queueChoicesOf({ head, type }, { settings, types }),
    model: head.model ?? byType.model,
    timeoutMs: parseDuration(head.timeout ?? byType.timeout ?? '') ?? settings.CLAUDE_TIMEOUT_SEC * 1000,
    maxTurns: head.max_turns ?? byType.max_turns ?? settings.CLAUDE_MAX_TURNS,
    retries: head.retries ?? byType.retries ?? settings.MAX_RETRIES,
    verify: verifyCommands(head.verify ?? byType.verify ?? [own(settings.VERIFY_DEFAULT ?? {}, type) ?? []].flat(), criteria),
    fixAttempts: head.fix_attempts ?? byType.fix_attempts ?? FIX_ATTEMPTS,
    permissionMode: head.permission_mode ?? byType.permission_mode,
    allowedTools: head.allowed_tools ?? byType.allowed_tools ?? [],
    disallowedTools: head.disallowed_tools ?? byType.disallowed_tools ?? [],
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
