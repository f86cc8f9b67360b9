import { processEnvironment } from '../config/environment.ts'
import { resolveHome } from '../config/home.ts'
import { OrchestratorError } from '../domain/errors.ts'
import { armCrashPoint } from '../lib/crash-point.ts'
import type { Context } from './context.ts'
import { output } from './output.ts'
import { parseArguments } from './parse-arguments.ts'
import { stopOnSignals } from './stop.ts'

/** Exit code after Ctrl-C. */
const INTERRUPTED = 130

const env = processEnvironment()
let runsTasks = false
const out = output('stdout', env, readerGone)
const err = output('stderr', env, readerGone)

/** Runs what the command line asks for; the only place that ends the process. */
async function main(): Promise<number> {
  try {
    const call = await parseArguments(process.argv.slice(2), out.columns)
    if (call.kind === 'text') {
      ;(call.exitCode === 0 ? out : err).write(call.text)
      return call.exitCode
    }
    runsTasks = call.spec.runsTasks === true
    const signal = stopOnSignals(runsTasks)
    const context: Context = { home: resolveHome({ flag: call.home, env }), env, out, err, signal }
    const command = await call.spec.load()
    const code = await command(context, call.args, call.options)
    return signal.aborted && code === 0 ? INTERRUPTED : code
  } catch (error) {
    return report(error)
  }
}

/** What, why and what to do next. */
function report(error: unknown): number {
  if (error instanceof OrchestratorError) {
    err.line(`error: ${error.message}`)
    err.line(`  → ${error.hint}`)
    return error.exitCode
  }
  err.line(`error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
  err.line('  → This is a bug of the orchestrator; please report it with the lines above.')
  return 1
}

/** The reader of a listing, such as `head`, has seen enough; tasks are done whether or not somebody looks on. */
function readerGone(): void {
  if (!runsTasks) process.exit(0)
}

armCrashPoint(env.ORCHESTRATOR_CRASH_AT)
process.exitCode = await main()
await Promise.all([out.flushed(), err.flushed()])
process.exit()
