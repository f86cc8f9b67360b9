import type { Agent } from '../agents/contract.ts'
import { agentEnvironment } from '../agents/environment.ts'
import type { Config } from '../config/schema.ts'
import { type AttemptEnd, type AttemptSpec, type GoverningSettings, NO_REPORT, type VerifySpec } from '../domain/attempt.ts'
import { type Failure, failure, OrchestratorError } from '../domain/errors.ts'
import type { EventSink } from '../domain/events.ts'
import type { FileChange } from '../domain/run.ts'
import type { AttemptRequest, OnAgentEnd, VerifyRequest } from '../executors/contract.ts'
import { crashPoint } from '../lib/crash-point.ts'
import { streamMask } from '../lib/mask-lines.ts'
import type { Redactor } from '../lib/redact.ts'
import { wordsOf } from '../lib/words-of.ts'
import { supervise } from '../supervisor/supervise.ts'
import type { Workspace } from '../workspaces/contract.ts'
import { addPatch } from './patch.ts'
import { verifyWork } from './verify.ts'

/** What is kept of a run besides its result: the stream of the agent, the output of the verify commands, and what was changed. */
export type RunFile = 'ndjson' | 'verify.log' | 'patch'

/** What lets the agent of an attempt ask; disposing it takes that away. */
export interface RunAccess extends AsyncDisposable {
  /** All that the attempt needs of `.orchestrator/`, its socket and the program; undefined where it may not ask. */
  readonly directory: string | undefined
  /** The environment with the way to it. */
  environment(env: Readonly<Record<string, string>>): Readonly<Record<string, string>>
}

/** What an attempt is made with, on whichever machine it is made. */
export interface AttemptTools {
  readonly bus: EventSink
  config(): Config
  agent(name: string): Promise<Agent | undefined>
  /** Whether nothing holds the account of an agent at this moment. */
  mayStart(agent: string): boolean
  /** Opens the place where an attempt works. Rejects with `cwd_missing` where that is gone. */
  workspace(spec: VerifySpec, kept: KeptFromRun): Promise<Workspace>
  /** Path of a file that is kept of a run. */
  runFile(runId: string, kind: RunFile): string
  readonly redact: Redactor
  /** Opens what lets the agent of an attempt ask. It is there before the first process of the attempt, and until after the last. */
  openRunAccess(spec: AttemptSpec): Promise<RunAccess>
  /** Milliseconds that the agent of a run has waited for answers, which count for no limit. */
  waitedMs(runId: string): number
}

/** What is kept from the processes of a run besides the home: its own directory there, and the settings that govern its agent. */
export interface KeptFromRun {
  readonly run: string | undefined
  readonly governing: GoverningSettings | undefined
}

/** One attempt: a workspace, the agent's command in it, watched to its end, what has changed, and whether it holds. */
export async function attempt(
  request: AttemptRequest,
  signal: AbortSignal,
  onAgentEnd: OnAgentEnd,
  tools: AttemptTools,
): Promise<AttemptEnd> {
  const { spec } = request
  const subject = { task_id: spec.taskId, run_id: spec.runId }
  const agent = await tools.agent(request.agent)
  if (!agent) {
    return {
      ok: false,
      failure: failure('agent_unknown', `There is no agent "${request.agent}".`),
      report: NO_REPORT,
    }
  }
  const { settings } = tools.config()
  await using access = await tools.openRunAccess(spec)
  const env = access.environment(environmentOf(agent, spec, tools))
  const opened = await openWorkspace(spec, { run: access.directory, governing: agent.governing?.(env) }, tools)
  if ('code' in opened) return { ok: false, failure: opened, report: NO_REPORT }
  await using workspace = opened
  const mayAsk = access.directory !== undefined
  const command = agent.command({ ...spec, mayAsk, ...(workspace.exposed && { exposed: workspace.exposed }) })

  if (!tools.mayStart(agent.name)) return { ok: undefined, started: false, report: NO_REPORT }
  const waitedBefore = tools.waitedMs(spec.runId)
  const startedAt = performance.now()
  const running = workspace.spawn({ ...command, env })
  crashPoint('attempt.spawned')
  tools.bus.event({ event: `${agent.name}_started`, attempt: spec.attempt, pid: running.identity?.pid ?? null, cwd: spec.cwd, ...subject })

  const end = await supervise({
    running,
    reader: agent.reader(spec),
    signal,
    limits: {
      timeoutMs: spec.timeoutMs,
      startMs: settings.AGENT_START_SEC * 1000,
      idleMs: settings.AGENT_IDLE_SEC * 1000,
      resultExitMs: settings.RESULT_EXIT_SEC * 1000,
      waitedMs: () => tools.waitedMs(spec.runId),
    },
    transcript: tools.runFile(spec.runId, 'ndjson'),
    maskLine: streamMask(tools.redact),
    redact: tools.redact,
    onEvent: (activity) => tools.bus.progress({ agent: agent.name, attempt: spec.attempt, activity, ...subject }),
  })

  tools.bus.event({
    event: `${agent.name}_finished`,
    attempt: spec.attempt,
    outcome: end.ok ? 'completed' : end.ok === undefined ? 'interrupted' : end.failure.code,
    duration_ms: Math.round(performance.now() - startedAt),
    turns: end.report.turns ?? null,
    cost_usd: end.report.costUsd ?? null,
    ...subject,
  })
  const { files, untold } = await changesIn(workspace, spec, tools)
  const waitedMs = Math.round(tools.waitedMs(spec.runId) - waitedBefore)
  const warnings = [...end.report.warnings, ...untold]
  const ended = { ...end, report: { ...end.report, warnings, waitedMs, filesChanged: files } }
  if (!(await onAgentEnd(ended))) return ended
  return await verifyIn(workspace, ended, request, signal, tools)
}

/** What changed, and why that cannot be told: the agent has ended, so that nothing may go wrong any more over it. */
async function changesIn(
  workspace: Workspace,
  { runId, attempt: number }: AttemptSpec,
  tools: AttemptTools,
): Promise<{ readonly files: readonly FileChange[] | null; readonly untold: readonly string[] }> {
  try {
    const changes = await workspace.changes()
    addPatch(tools.runFile(runId, 'patch'), number, tools.redact(changes?.patch ?? ''))
    return { files: changes?.files ?? null, untold: [] }
  } catch (error) {
    return { files: null, untold: [`What changed cannot be told: ${wordsOf(error)}`] }
  }
}

/** The rest of an attempt whose agent had ended well when its daemon did: its work is verified where it lies. */
export async function verifyAgain(request: VerifyRequest, signal: AbortSignal, tools: AttemptTools): Promise<AttemptEnd> {
  const worked: AttemptEnd = { ok: true, report: request.report }
  if (request.spec.verify.commands.length === 0) return worked
  const agent = await tools.agent(request.agent)
  const { environment, agents } = tools.config()
  const env = { ...environment, ...agents[request.agent as keyof typeof agents]?.environment }
  const opened = await openWorkspace(request.spec, { run: undefined, governing: agent?.governing?.(env) }, tools)
  if ('code' in opened) return { ok: false, failure: opened, report: request.report }
  await using workspace = opened
  return await verifyIn(workspace, worked, request, signal, tools)
}

/** The whole environment of an agent. */
function environmentOf(agent: Agent, spec: AttemptSpec, tools: AttemptTools): Record<string, string> {
  const { settings, environment } = tools.config()
  return agentEnvironment({ ...agent, environment, pass: settings.AGENT_ENV_PASS, add: agent.command(spec).env })
}

/** The place of an attempt, or why there is none: what was checked when it was planned may be gone by now. */
async function openWorkspace(spec: VerifySpec, kept: KeptFromRun, tools: AttemptTools): Promise<Workspace | Failure> {
  try {
    return await tools.workspace(spec, kept)
  } catch (error) {
    if (error instanceof OrchestratorError && error.code === 'cwd_missing') return failure(error.code, error.message)
    throw error
  }
}

function verifyIn(
  workspace: Workspace,
  end: AttemptEnd,
  { agent, spec }: { readonly agent: string; readonly spec: VerifySpec },
  signal: AbortSignal,
  tools: AttemptTools,
): Promise<AttemptEnd> {
  const { settings, environment } = tools.config()
  const subject = { task_id: spec.taskId, run_id: spec.runId }
  return verifyWork(end, spec, {
    workspace,
    env: () => agentEnvironment({ environment, inherits: [], pass: settings.AGENT_ENV_PASS, add: {} }),
    log: tools.runFile(spec.runId, 'verify.log'),
    signal,
    redact: tools.redact,
    onStart: (command, process) =>
      tools.bus.progress({
        agent,
        attempt: spec.attempt,
        activity: { kind: 'tool', name: 'verify', detail: command },
        ...(process && { process }),
        ...subject,
      }),
    onRun: ({ command, exit_code, duration_ms }) =>
      tools.bus.event({ event: 'verified', attempt: spec.attempt, command, exit_code, duration_ms, ...subject }),
  })
}
