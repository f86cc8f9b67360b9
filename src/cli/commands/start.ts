import { type Ended, startDaemon } from '../../daemon/daemon.ts'
import { handleSignals } from '../../daemon/signals.ts'
import type { EventSource } from '../../domain/events.ts'
import type { Command, Context } from '../context.ts'
import { overridesFrom } from '../overrides.ts'
import { createReporter } from '../render/reporter.ts'
import { writeStepSummary } from '../render/step-summary.ts'
import { storing } from '../storing.ts'

/** Exit codes of a run over the inbox: what CI decides by. */
const CODE = { done: 0, failed: 1, held: 75, interrupted: 130 } as const

/** `start`: the daemon in the foreground; with `--once` until the inbox is drained. */
export const start: Command = (context, _args, options) =>
  foreground(context, { flags: overridesFrom(options), once: options.once === true, bridges: true })

/** Runs a daemon in this process, shows what it does, and gives the exit code for how it ended. */
export async function foreground(
  context: Context,
  options: { readonly flags: ReturnType<typeof overridesFrom>; readonly once: boolean; readonly only?: string; readonly bridges?: boolean },
): Promise<number> {
  const reporter = createReporter(context, options)
  const listen = (events: EventSource) => reporter.listen(events)
  using signals = handleSignals((_signal, again) => reporter.stopping(again))
  const daemon = await storing(() => startDaemon({ ...options, home: context.home, stop: signals.stop, listen })).catch(
    (error: unknown) => {
      reporter.end()
      throw error
    },
  )
  signals.attend(daemon)
  for (const note of daemon.notes) context.err.line(`warning: ${note}`)
  if (signals.stoppedBy === undefined) reporter.ready(daemon)
  const ended = await daemon.ended
  reporter.end(ended)
  const problem = writeStepSummary(context.env.GITHUB_STEP_SUMMARY, reporter.finished, ended)
  if (problem) context.err.line(problem)
  return exitCode(ended, options.once, signals.stoppedBy !== undefined)
}

function exitCode(ended: Ended, once: boolean, stopped: boolean): number {
  if (stopped && (once || ended.interrupted > 0)) return CODE.interrupted
  if (!once) return CODE.done
  if (ended.failed + ended.cancelled + ended.rejected > 0 || ended.storageProblem !== undefined) return CODE.failed
  return ended.left + ended.waiting + ended.interrupted > 0 ? CODE.held : CODE.done
}
