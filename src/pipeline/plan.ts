import { resolve } from 'node:path'
import { directories } from '../config/directories.ts'
import type { Config, TypeDefaults } from '../config/schema.ts'
import type { AttemptSpec } from '../domain/attempt.ts'
import { type Failure, failure } from '../domain/errors.ts'
import { spentUsd } from '../domain/run.ts'
import { isReadOnly } from '../domain/task.ts'
import { parseDuration } from '../lib/duration.ts'
import { resolveInside } from '../lib/safe-path.ts'
import { framePrompt } from '../task-file/frame.ts'
import type { Run } from './run.ts'

/** What the next attempt of a run is to be, or why there can be none. */
export type Plan =
  | { readonly ok: true; readonly agent: string; readonly spec: AttemptSpec }
  | { readonly ok: false; readonly agent: string; readonly failure: Failure }

/** What an agent that is resumed after an interruption is told. */
const GO_ON = 'You were interrupted before you had finished. Look at what is already done, then go on with the task to its end.'

/** Settles all choices for the next attempt: the task file first, then the defaults of its type, then the variables. */
export async function planAttempt(run: Run, config: Config, canResume: (agent: string) => Promise<boolean>): Promise<Plan> {
  const { task, record } = run
  const { head } = task
  const { settings } = config
  const byType: TypeDefaults = config.types[task.type] ?? {}
  const agent = head.agent ?? byType.agent ?? settings.DEFAULT_AGENT

  if (record.attempts.length > allowedRetries(run, config)) {
    return { ok: false, agent, failure: failure('interrupted_too_often', `The run was interrupted ${record.attempts.length} times.`) }
  }
  const directory = await workingDirectory(head.cwd, config)
  if (typeof directory !== 'string') return { ok: false, agent, failure: directory }

  const budget = head.max_budget_usd ?? byType.max_budget_usd ?? settings.MAX_BUDGET_USD
  const left = budget === undefined ? undefined : budget - spentUsd(record.attempts)
  if (left !== undefined && left <= 0) {
    return { ok: false, agent, failure: failure('max_budget', `The budget of $${budget} is used up by earlier attempts.`) }
  }

  const session = sessionToResume(run)
  const resumeSession = session !== undefined && (await canResume(agent)) ? session : undefined
  const model = head.model ?? byType.model
  const permissionMode = head.permission_mode ?? byType.permission_mode
  const ownText = head.origin === undefined
  const spec: AttemptSpec = {
    runId: record.run_id,
    taskId: record.task_id,
    attempt: record.attempts.length + 1,
    prompt: resumeSession === undefined ? framePrompt(task) : GO_ON,
    cwd: directory,
    readOnly: isReadOnly(task.type),
    skipPermissions: settings.CLAUDE_SKIP_PERMISSIONS,
    allowedTools: head.allowed_tools ?? byType.allowed_tools ?? [],
    disallowedTools: head.disallowed_tools ?? byType.disallowed_tools ?? [],
    maxTurns: head.max_turns ?? byType.max_turns ?? settings.CLAUDE_MAX_TURNS,
    timeoutMs: parseDuration(head.timeout ?? byType.timeout ?? settings.CLAUDE_TIMEOUT_SEC) ?? settings.CLAUDE_TIMEOUT_SEC * 1000,
    trustRepository: ownText && settings.REPO_SETTINGS === 'trust',
    trustPrompt: ownText,
    ...(permissionMode !== undefined && { permissionMode }),
    ...(model !== undefined && { model }),
    ...(left !== undefined && { maxBudgetUsd: left }),
    ...(resumeSession !== undefined && { resumeSession }),
  }
  return { ok: true, agent, spec }
}

/** Extra attempts that the run may make after passing faults and interruptions. */
export function allowedRetries(run: Run, config: Config): number {
  return run.task.head.retries ?? config.types[run.task.type]?.retries ?? config.settings.MAX_RETRIES
}

/** An interrupted conversation is gone on with; after any other end the task begins anew. */
function sessionToResume(run: Run): string | undefined {
  const last = run.record.attempts.at(-1)
  return last?.outcome === 'interrupted' ? (last.session_id ?? undefined) : undefined
}

async function workingDirectory(cwd: string | undefined, config: Config): Promise<string | Failure> {
  const { base, root } = directories(config)
  const wanted = resolve(base, cwd ?? '.')
  const found = await resolveInside(root, wanted)
  if (found.ok) return found.path
  switch (found.reason) {
    case 'missing':
      return failure('cwd_missing', `The working directory ${wanted} does not exist.`)
    case 'not_a_directory':
      return failure('cwd_missing', `The working directory ${wanted} is not a directory.`)
    default:
      return failure('cwd_outside_root', `The working directory ${found.path} lies outside the allowed root ${root}.`)
  }
}
