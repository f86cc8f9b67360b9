import { version } from '../lib/version.ts'
import type { Call } from './call.ts'
import { COMMANDS } from './program.ts'
import { programHelp } from './program-help.ts'

/**
 * Reads a command line; a wrong one becomes the text that says what is wrong and how it is right. The parser takes longer to
 * load than most commands, so that one bare word is understood without it.
 */
export async function parseArguments(argv: readonly string[], columns: number): Promise<Call> {
  const [word, ...more] = argv
  if (more.length === 0) {
    if (word === undefined || word === 'help' || word === '--help' || word === '-h') {
      return { kind: 'text', text: programHelp(columns), exitCode: 0 }
    }
    if (word === '--version' || word === '-V') return { kind: 'text', text: `${version()}\n`, exitCode: 0 }
    const spec = COMMANDS.find(({ name, args }) => name === word && !args?.startsWith('<'))
    if (spec) return { kind: 'command', spec, home: undefined, args: [], options: {} }
  }
  const { parseInFull } = await import('./parse-in-full.ts')
  return parseInFull(argv, columns)
}
