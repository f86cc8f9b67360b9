import { homeRedactor } from '../../src/cli/home-redactor.ts'
import { parseArguments } from '../../src/cli/parse-arguments.ts'
import { reportError, reportUsage } from '../../src/cli/report-error.ts'
import type { Environment } from '../../src/config/environment.ts'
import { homePaths } from '../../src/config/home.ts'
import { fakeContext } from './cli-context.ts'
import type { Home } from './home.ts'

/** What a command line printed, and its exit code. */
export interface Printed {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs a command line in a home within this process, as the program would: `home.run` without the second that a process takes on a busy machine. Not for what runs tasks. */
export async function runHere(home: Home, args: readonly string[], env: Environment = {}): Promise<Printed> {
  const environment = { ...home.env, ...env }
  const call = await parseArguments(args, 80)
  const root = call.kind === 'command' ? (call.home ?? home.paths.home) : home.paths.home
  const { context, printed } = fakeContext({ home: root, env: environment })
  const redact = await homeRedactor(homePaths(root), environment)
  let code: number
  if (call.kind === 'text') {
    code = call.exitCode
    if (code === 0) context.out.write(call.text)
    else reportUsage(call.text, context.err, redact)
  } else
    try {
      code = await (await call.spec.load())(context, call.args, call.options)
    } catch (error) {
      code = reportError(error, context.err, redact)
    }
  return { code, stdout: printed.out, stderr: printed.err }
}
