import { type AttemptEnd, type AttemptReport, cancelledBy, STOP_CODES, type StopReason, type VerifySpec } from '../domain/attempt.ts'
import { failure } from '../domain/errors.ts'
import type { VerifyRun } from '../domain/run.ts'
import { crashPoint } from '../lib/crash-point.ts'
import { pieceMask } from '../lib/mask-lines.ts'
import type { Redactor } from '../lib/redact.ts'
import type { Running } from '../lib/running.ts'
import { supervise } from '../supervisor/supervise.ts'
import { TEXT_MARK, Transcript } from '../supervisor/transcript.ts'
import { outputReader, verifyCommand, verifyFailure, verifyRunOf } from '../verify/commands.ts'
import type { Workspace } from '../workspaces/contract.ts'
import { attemptHead } from './attempt-head.ts'

/** What the verify commands of an attempt are run with. */
export interface VerifyTools {
  readonly workspace: Workspace
  /** The environment of the commands: that of an agent without the variables of its vendor. */
  env(): Readonly<Record<string, string>>
  /** File that keeps their whole output. */
  readonly log: string
  readonly signal: AbortSignal
  readonly redact: Redactor
  onStart(command: string, process: Running['identity']): void
  onRun(run: VerifyRun): void
}

/** Runs all verify commands after an agent that ended well, one after the other: only what they say makes its success one. */
export async function verifyWork(
  end: AttemptEnd,
  { verify, attempt }: Pick<VerifySpec, 'verify' | 'attempt'>,
  tools: VerifyTools,
): Promise<AttemptEnd> {
  if (!end.ok || verify.commands.length === 0) return end
  writeLine(tools.log, attemptHead(attempt))
  const runs: VerifyRun[] = []
  for (const command of verify.commands) {
    if (!tools.signal.aborted) await runOne(command, verify.timeoutMs, runs, tools)
    if (tools.signal.aborted) return stoppedEnd(tools.signal.reason, { ...end.report, verify: runs })
  }
  const report = { ...end.report, verify: runs }
  const failure = verifyFailure(runs)
  return failure ? { ok: false, failure, report } : { ok: true, report }
}

/** One command to its end, whatever end that is. One that was stopped with its run has shown nothing. */
async function runOne(
  command: string,
  timeoutMs: number,
  runs: VerifyRun[],
  { workspace, env, log, signal, redact, onStart, onRun }: VerifyTools,
): Promise<void> {
  const masked = redact(command)
  writeLine(log, `$ ${masked}`)
  const reader = outputReader()
  const startedAt = performance.now()
  const start = verifyCommand(command)
  const running = workspace.spawn({ ...start, env: { ...env(), ...start.env } })
  crashPoint('verify.spawned')
  onStart(masked, running.identity)
  const end = await supervise({
    running,
    reader,
    signal,
    limits: { timeoutMs, startMs: Number.POSITIVE_INFINITY, idleMs: Number.POSITIVE_INFINITY, resultExitMs: Number.POSITIVE_INFINITY },
    transcript: log,
    transcriptMark: TEXT_MARK,
    maskLine: pieceMask(redact),
    redact,
    onEvent: () => undefined,
  })
  if (signal.aborted) return
  const durationMs = Math.round(performance.now() - startedAt)
  // Masked anew: an edit of the configuration meanwhile may have named a further secret.
  const run = verifyRunOf(redact(command), end, await running.exited, { durationMs, timeoutMs })
  runs.push(run)
  onRun(run)
}

function stoppedEnd({ cause, by }: StopReason, report: AttemptReport): AttemptEnd {
  if (cause === 'drain') return { ok: undefined, started: true, report }
  return { ok: false, failure: cause === 'cancelled' ? failure('cancelled', cancelledBy(by)) : failure(STOP_CODES[cause]), report }
}

function writeLine(path: string, line: string): void {
  const transcript = new Transcript(path, TEXT_MARK)
  transcript.write(line)
  transcript.close()
}
