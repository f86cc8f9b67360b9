import { Command as Commander, CommanderError } from 'commander'
import type { CommandSpec } from './command-spec.ts'
import type { Options } from './context.ts'
import { COMMANDS } from './program.ts'

/** What a command line asks for: a command, or a text such as the help. */
export type Call =
  | {
      readonly kind: 'command'
      readonly spec: CommandSpec
      readonly home: string | undefined
      readonly args: readonly string[]
      readonly options: Options
    }
  | { readonly kind: 'text'; readonly text: string; readonly exitCode: number }

const USAGE = 2

/** Reads a command line; a wrong one becomes the text that says what is wrong and how it is right. */
export async function parseArguments(argv: readonly string[], version: string): Promise<Call> {
  let call: Call | undefined
  let text = ''
  const program = new Commander('orchestrator')
    .description('Drop a markdown task into tasks/; an AI coding agent does it, and a checked result comes out.')
    .version(version, '-V, --version', 'print the version')
    .option('--home <dir>', 'home directory (else ORCHESTRATOR_HOME, else the current directory)')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print help of a command')
    .showHelpAfterError('(see `orchestrator help`)')
    .configureHelp({ showGlobalOptions: true })
    .addHelpText('after', '\nFirst steps: orchestrator demo · orchestrator init · orchestrator doctor')
    .exitOverride()
    .configureOutput({
      writeOut: (part) => {
        text += part
      },
      writeErr: (part) => {
        text += part
      },
    })
  for (const spec of COMMANDS) {
    const command = program.command(spec.args ? `${spec.name} ${spec.args}` : spec.name).description(spec.summary)
    for (const [flags, meaning] of spec.options ?? []) command.option(flags, meaning)
    command.action(() => {
      const { home } = program.opts<{ home?: string }>()
      call = { kind: 'command', spec, home, args: command.args, options: command.opts() }
    })
  }
  try {
    await program.parseAsync(argv.length === 0 ? ['--help'] : [...argv], { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    return { kind: 'text', text, exitCode: error.exitCode === 0 ? 0 : USAGE }
  }
  return call ?? { kind: 'text', text: program.helpInformation(), exitCode: USAGE }
}
