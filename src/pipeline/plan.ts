import { resolve } from 'node:path'
import { directories } from '../config/directories.ts'
import { homePaths } from '../config/home.ts'
import type { Config } from '../config/schema.ts'
import type { AttemptSpec, VerifySpec } from '../domain/attempt.ts'
import { type Failure, failure } from '../domain/errors.ts'
import { own, type Prompt, type PromptPart, paragraphs, writePrompt } from '../domain/prompt.ts'
import { type AttemptRecord, modelTurnsOf, type Worked } from '../domain/run.ts'
import { isReadOnly } from '../domain/task.ts'
import { floorUsd } from '../domain/usd.ts'
import { resolveInside } from '../lib/safe-path.ts'
import { chargedAttempts, HOLDING } from '../scheduler/holds.ts'
import { framePrompt } from '../task-file/frame.ts'
import { failedOf, fixPrompt } from '../verify/commands.ts'
import { isByPerson, promptToBegin, promptToGoOn } from './answers.ts'
import { type Choices, choicesOf } from './choices.ts'
import { remainingOf } from './remaining.ts'
import { type ReadResult, sessionOf } from './resume.ts'
import type { Run } from './run.ts'

/** What the next attempt of a run is to be, or why there can be none. */
export type Plan =
  | { readonly ok: true; readonly agent: string; readonly spec: AttemptSpec; readonly budgetOf: 'run' | 'day' | undefined }
  | { readonly ok: false; readonly agent: string; readonly failure: Failure }

/** What an agent that is resumed after an interruption is told. */
const GO_ON = 'You were interrupted before you had finished. Look at what is already done, then go on with the task to its end.'

/** Plans the next attempt: where, with which limits, and whether an earlier conversation is gone on with. */
export async function planAttempt(
  run: Run,
  config: Config,
  canResume: (agent: string) => Promise<boolean>,
  readResult: ReadResult,
): Promise<Plan> {
  const { task, record } = run
  const { head } = task
  const choices = choicesOf(task, config)
  const { agent, model, permissionMode } = choices

  const charged = chargedAttempts(record.attempts)
  if (charged > choices.retries) {
    return {
      ok: false,
      agent,
      failure: failure('interrupted_too_often', `The run was interrupted ${charged === 1 ? 'once' : `${charged} times`}.`),
    }
  }
  const directory = workingDirectory(head.cwd, config)
  if (typeof directory !== 'string') return { ok: false, agent, failure: directory }

  const left = remainingOf(record, choices)
  const budget = budgetFor(run, left.usd)
  if (budget && budget.usd <= 0) {
    return {
      ok: false,
      agent,
      failure: failure('max_budget', `The budget of $${choices.budgetUsd} is used up by earlier attempts${untold(run)}.`),
    }
  }

  if ((left.turns ?? 1) <= 0) return { ok: false, agent, failure: failure('max_turns', 'Its turns are used up by earlier attempts.') }
  if (left.timeMs <= 0) return { ok: false, agent, failure: failure('timeout', 'Its time is used up by earlier attempts.') }
  const session = sessionToResume(run)
  const ours = session !== undefined && (await canResume(agent)) ? session : undefined
  if (head.resume !== undefined && record.attempts.at(-1)?.outcome === 'session_lost') {
    return { ok: false, agent, failure: failure('not_resumable', `The agent does not know the conversation of ${head.resume} any more.`) }
  }
  const earlier =
    ours === undefined && head.resume !== undefined
      ? await sessionOf({ id: head.resume, agent, cwd: directory, canResume }, readResult)
      : undefined
  if (typeof earlier === 'object') return { ok: false, agent, failure: earlier }
  const resumeSession = ours ?? earlier
  const prompt = promptOf(run, ours !== undefined, readResult)
  const spec: AttemptSpec = {
    runId: record.run_id,
    taskId: record.task_id,
    attempt: record.attempts.length + 1,
    prompt: prompt.text,
    cwd: directory,
    readOnly: isReadOnly(task.type),
    skipPermissions: config.settings.CLAUDE_SKIP_PERMISSIONS,
    allowedTools: choices.allowedTools,
    disallowedTools: choices.disallowedTools,
    maxTurns: left.turns ?? 0,
    timeoutMs: left.timeMs,
    verify: verificationOf(choices, config),
    trustRepository: !prompt.hasPersons && config.settings.REPO_SETTINGS === 'trust',
    trustPrompt: prompt.isOwn,
    mayAsk: config.settings.AGENT_ASK,
    ...(permissionMode !== undefined && { permissionMode }),
    ...(model !== undefined && { model }),
    ...(budget && { maxBudgetUsd: budget.usd }),
    ...(resumeSession !== undefined && { resumeSession }),
  }
  return { ok: true, agent, spec, budgetOf: budget?.of }
}

/** How often in a row a daemon may be killed before it has judged the same work. */
const MOST_CUT_OFF = 5

/** Plans what is left of an attempt whose agent had ended: no limit of the agent counts, but its work must be where it was. */
export async function planRest({ task, record }: Run, worked: Worked, config: Config): Promise<VerifySpec | Failure> {
  const { cut_off: cutOff, cwd } = worked
  if (cutOff > MOST_CUT_OFF) return failure('interrupted_too_often', `The run was interrupted ${cutOff} times while its work was judged.`)
  const directory = await workingDirectory(cwd, config)
  if (typeof directory !== 'string') return directory
  const { run_id: runId, task_id: taskId, attempts } = record
  return { runId, taskId, attempt: attempts.length, cwd: directory, verify: verificationOf(choicesOf(task, config), config) }
}

function verificationOf({ verify }: Choices, { settings }: Config): VerifySpec['verify'] {
  return { commands: verify, timeoutMs: settings.VERIFY_TIMEOUT_SEC * 1000 }
}

/** What the agent is told: the task, or in a conversation that goes on only what is new; what a verify command found wrong, and answers. */
function promptOf(run: Run, goesOn: boolean, readResult: ReadResult): Prompt {
  const refused = failedOf(run.record.verify)
  const fix: PromptPart[] = refused.length > 0 ? [{ source: 'program', text: fixPrompt(refused) }] : []
  if (goesOn) return writePrompt([...heardBefore(run, readResult), ...promptToGoOn(fix.length > 0 ? fix : [own(GO_ON)], run)])
  return writePrompt([...heardBefore(run, readResult), ...paragraphs(promptToBegin(framePrompt(run.task), run), fix)])
}

/** Whose words an agent has in mind from what it was told earlier, as parts without text: the task, answers, and a conversation that it goes on with. */
function heardBefore({ task, questions }: Run, readResult: ReadResult): PromptPart[] {
  const earlier = task.head.resume === undefined ? undefined : readResult(task.head.resume)
  const isPersons = [task.head.origin, earlier?.origin ?? undefined].some((origin) => origin !== undefined) || questions.some(isByPerson)
  return isPersons ? [{ source: 'person', text: '' }] : []
}

/** What the attempt may spend: what the run has left, or what was set aside of the day, whichever is less. */
function budgetFor({ allowanceUsd }: Run, left: number | undefined): { readonly usd: number; readonly of: 'run' | 'day' } | undefined {
  if (allowanceUsd !== undefined && (left === undefined || allowanceUsd < left)) return { usd: floorUsd(allowanceUsd), of: 'day' }
  return left === undefined ? undefined : { usd: left, of: 'run' }
}

/** Why more counts than the result tells, where it does. */
function untold({ record }: Run): string {
  return record.attempts.some(({ attempt, cost_usd }) => cost_usd === null && record.set_aside?.[attempt] !== undefined)
    ? '; one that was cut off before it told its cost counts with all that it was given'
    : ''
}

/** Failures after which the conversation is lost or has come to nothing. */
const ANEW = ['session_lost', 'no_output']

/** Failures that say nothing of the conversation where they came before the first turn. */
const OUTSIDE: readonly string[] = [...HOLDING, 'api_unreachable']

/** A conversation that broke off is gone on with, since its work is done and paid for; one that never began is begun anew. */
function sessionToResume({ record }: Run): string | undefined {
  const last = record.attempts.findLast((attempt) => hadTurns(attempt) || !isOutside(attempt))
  if (!last?.session_id || ANEW.includes(last.outcome ?? '')) return undefined
  const { outcome } = last
  return outcome === 'interrupted' || outcome === 'verify_failed' || outcome === 'parked' || hadTurns(last) ? last.session_id : undefined
}

function hadTurns(attempt: AttemptRecord): boolean {
  return (modelTurnsOf(attempt) ?? 0) > 0
}

/** Whether an attempt without a turn says nothing of the conversation: an interrupted one that had not even told its session does not. */
function isOutside({ outcome, session_id }: AttemptRecord): boolean {
  return OUTSIDE.includes(outcome ?? '') || (outcome === 'interrupted' && session_id === null)
}

function workingDirectory(cwd: string | undefined, config: Config): string | Failure {
  const { base, root } = directories(config)
  const wanted = resolve(base, cwd ?? '.')
  const found = resolveInside(root, wanted)
  const { state } = homePaths(config.home)
  if (found.ok && resolveInside(state, found.path).ok)
    return failure('cwd_outside_root', `The working directory ${found.path} lies in ${state}, where no agent works.`)
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
