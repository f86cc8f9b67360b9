import type { Command, Options } from '../../src/cli/context.ts'
import { fakeContext } from './cli-context.ts'

/** What a command is run with; nothing of this machine's environment reaches it. */
export interface CommandCall {
  readonly home: string
  readonly args?: readonly string[]
  readonly options?: Options
  readonly env?: Readonly<Record<string, string>>
}

/** What a command printed, and its exit code. */
export interface CommandOutcome {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** Runs a command in this process, as if its output went to a file. */
export async function runCommand(command: Command, { home, args = [], options = {}, env = {} }: CommandCall): Promise<CommandOutcome> {
  const { context, printed } = fakeContext({ home, env })
  const code = await command(context, args, options)
  return { code, ...printed }
}
