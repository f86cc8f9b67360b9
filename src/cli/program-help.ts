import { COMMANDS } from './program.ts'

/** What the program is for, in a sentence. */
export const DESCRIPTION = 'Drop a markdown task into tasks/; an AI coding agent does it, and a checked result comes out.'

/** Options that stand before or behind every command: flags in commander's form, each with its meaning. */
export const GLOBAL = {
  version: ['-V, --version', 'print the version'],
  home: ['--home <dir>', 'home directory (else ORCHESTRATOR_HOME, else the current directory)'],
  help: ['-h, --help', 'print help'],
} as const

/** The command that prints help, in commander's form. */
export const HELP = ['help [command]', 'print help of a command'] as const

/** The help of the whole program for a terminal of so many columns, in the manner of commander, which takes too long to load for it. */
export function programHelp(columns: number): string {
  const commands = COMMANDS.map(({ name, args, options, summary }) => {
    const term = [name, ...(options ? ['[options]'] : []), ...(args ? [args] : [])].join(' ')
    return [term, summary] as const
  })
  const options = Object.values(GLOBAL)
  const width = GAP + Math.max(...[...options, ...commands].map(([term]) => term.length)) + GAP
  const blocks = [
    ['Usage: orchestrator [options] [command]'],
    wrap(DESCRIPTION, columns),
    ['Options:', ...rows(options, width, columns)],
    ['Commands:', ...rows([...commands, HELP], width, columns)],
    ['First steps: orchestrator demo · orchestrator init · orchestrator doctor'],
  ]
  return `${blocks.map((lines) => lines.join('\n')).join('\n\n')}\n`
}

type Entry = readonly [term: string, meaning: string]

/** Between a term and its meaning, and before a term. */
const GAP = 2

function rows(entries: readonly Entry[], width: number, columns: number): string[] {
  return entries.flatMap(([term, meaning]) =>
    wrap(meaning, columns - width).map((line, index) => (index === 0 ? `  ${term}` : '').padEnd(width) + line),
  )
}

/** Lines of whole words, none wider than the columns unless a word is. */
function wrap(text: string, columns: number): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + 1 + word.length <= columns) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}
