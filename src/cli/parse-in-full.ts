import { Command as Commander, CommanderError } from 'commander'
import { version } from '../lib/version.ts'
import type { Call } from './call.ts'
import { COMMANDS } from './program.ts'
import { DESCRIPTION, GLOBAL, HELP, programHelp } from './program-help.ts'

const USAGE = 2

/** Reads any command line, with commander. */
export async function parseInFull(argv: readonly string[], columns: number): Promise<Call> {
  let call: Call | undefined
  let text = ''
  const write = (part: string) => {
    text += part
  }
  const program = new Program(columns)
    .description(DESCRIPTION)
    .version(version(), ...GLOBAL.version)
    .option(...GLOBAL.home)
    .helpOption(...GLOBAL.help)
    .helpCommand(...HELP)
    .showHelpAfterError('(see `orchestrator help`)')
    .configureHelp({ showGlobalOptions: true })
    .exitOverride()
    .configureOutput({ writeOut: write, writeErr: write })
  for (const spec of COMMANDS) {
    const command = program.command(spec.args ? `${spec.name} ${spec.args}` : spec.name).description(spec.summary)
    for (const [flags, meaning] of spec.options ?? []) command.option(flags, meaning)
    command.action(() => {
      const { home } = program.opts<{ home?: string }>()
      call = { kind: 'command', spec, home, args: command.args, options: command.opts() }
    })
  }
  try {
    await program.parseAsync([...argv], { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    return { kind: 'text', text, exitCode: error.exitCode === 0 ? 0 : USAGE }
  }
  return call ?? { kind: 'text', text: programHelp(columns), exitCode: USAGE }
}

/** The whole program; its help is the one that needs no commander. */
class Program extends Commander {
  readonly #columns: number

  constructor(columns: number) {
    super('orchestrator')
    this.#columns = columns
  }

  override createCommand(name?: string): Commander {
    return new Commander(name)
  }

  override helpInformation(): string {
    return programHelp(this.#columns)
  }
}
