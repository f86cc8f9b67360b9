import { processEnvironment } from '../config/environment.ts'
import { homePaths, resolveHome } from '../config/home.ts'
import { armCrashPoint } from '../lib/crash-point.ts'
import { onOddState } from '../lib/read-state.ts'
import type { Redactor } from '../lib/redact.ts'
import type { Context } from './context.ts'
import { forPeople } from './for-people.ts'
import { outputs } from './output.ts'
import { parseArguments } from './parse-arguments.ts'
import { stopOnSignals } from './stop.ts'

/** Exit code after Ctrl-C. */
const INTERRUPTED = 130

const env = processEnvironment()
let runsTasks = false
let home = resolveHome({ env })
const { out, err, flushed } = outputs(env, readerGone)

/** Runs what the command line asks for. */
async function main(): Promise<number> {
  try {
    const call = await parseArguments(process.argv.slice(2), out.columns)
    if (call.kind === 'text') {
      if (call.exitCode === 0) out.write(forPeople(call.text, false))
      else (await import('./report-error.ts')).reportUsage(forPeople(call.text, false), err, await redactor())
      return call.exitCode
    }
    runsTasks = call.spec.runsTasks === true
    const signal = stopOnSignals(runsTasks)
    home = resolveHome({ flag: call.home, env })
    const context: Context = { home, env, out, err, signal }
    onOddState((message) => err.line(`warning: ${message}`))
    const command = await call.spec.load()
    const code = await command(context, call.args, call.options)
    return signal.aborted && code === 0 ? INTERRUPTED : code
  } catch (error) {
    const { reportError } = await import('./report-error.ts')
    return reportError(error, err, await redactor())
  }
}

/** Masks the secrets of the home; loaded only for what goes wrong. */
async function redactor(): Promise<Redactor> {
  const { homeRedactor } = await import('./home-redactor.ts')
  return homeRedactor(homePaths(home), env)
}

/** The reader of a listing, such as `head`, has seen enough; tasks are done whether or not somebody looks on. */
function readerGone(): void {
  if (!runsTasks) process.exit(0)
}

/** The only place that ends the process, save for a reader that has gone. */
async function run(): Promise<void> {
  armCrashPoint(env.ORCHESTRATOR_CRASH_AT)
  process.exitCode = await main()
  await flushed()
  process.exit()
}

void run()
