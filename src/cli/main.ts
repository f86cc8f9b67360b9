import { processEnvironment } from '../config/environment.ts'
import { resolveHome } from '../config/home.ts'
import { OrchestratorError } from '../domain/errors.ts'
import { version } from '../lib/version.ts'
import type { Context } from './context.ts'
import { output } from './output.ts'
import { parseArguments } from './parse-arguments.ts'
import { stopOnSignals } from './stop.ts'

/** Exit code after Ctrl-C. */
const INTERRUPTED = 130

const env = processEnvironment()
const out = output(process.stdout, env)
const err = output(process.stderr, env)

/** Runs what the command line asks for; the only place that ends the process. */
async function main(): Promise<number> {
  try {
    const call = await parseArguments(process.argv.slice(2), version())
    if (call.kind === 'text') {
      ;(call.exitCode === 0 ? out : err).write(call.text)
      return call.exitCode
    }
    const signal = stopOnSignals(call.spec.name)
    const context: Context = { home: resolveHome({ flag: call.home, env }), env, out, err, signal }
    const command = await call.spec.load()
    const code = await command(context, call.args, call.options)
    return signal.aborted && code === 0 && call.spec.name !== 'start' ? INTERRUPTED : code
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

process.stdout.on('error', (error) => {
  if ('code' in error && error.code === 'EPIPE') process.exit(0) // the reader, such as head, has seen enough
})
process.exitCode = await main()
await Promise.all([out.flushed(), err.flushed()])
process.exit()
