import type { CommandSpec } from '../command-spec.ts'
import { type Completes, type Flag, flagsOf, GLOBAL_FLAGS, ID_FOLDERS } from './facts.ts'

/** Completion for fish; to be sourced, as with `orchestrator completion fish | source`. */
export function fishScript(commands: readonly CommandSpec[]): string {
  return `# orchestrator: completion for fish
function __orchestrator_ids
    set -l home .
    test -n "$ORCHESTRATOR_HOME"; and set home $ORCHESTRATOR_HOME
    set -l words (commandline -opc)
    set -l at (contains -i -- --home $words); and set home $words[(math $at + 1)]
    for file in ${ID_FOLDERS.map((folder) => `$home/tasks/${folder}*.task.md`).join(' ')}
        string replace -r '.*/(.*)\\.task\\.md$' '$1' -- $file
    end
end

complete -c orchestrator -f
${GLOBAL_FLAGS.map((flag) => option(flag, '')).join('\n')}
complete -c orchestrator -n __fish_use_subcommand -s V -l version -d 'print the version'
complete -c orchestrator -n __fish_use_subcommand -a help -d 'print help of a command'
${commands.flatMap(lines).join('\n')}
`
}

function lines(command: CommandSpec): string[] {
  const { name, summary, completes } = command
  const within = ` -n ${quote(`__fish_seen_subcommand_from ${name}`)}`
  const own = flagsOf(command).filter((flag) => !GLOBAL_FLAGS.includes(flag))
  return [
    `complete -c orchestrator -n __fish_use_subcommand -a ${name} -d ${quote(summary)}`,
    ...(completes === undefined ? [] : [`complete -c orchestrator${within}${values(completes)}`]),
    ...own.map((flag) => option(flag, within)),
  ]
}

function option({ long, short, meaning, value }: Flag, within: string): string {
  const names = `${short === undefined ? '' : ` -s ${short.slice(1)}`} -l ${long.slice(2)}`
  return `complete -c orchestrator${within}${names}${value === undefined ? '' : ` ${value === 'files' ? '-r' : '-x'}${values(value)}`} -d ${quote(meaning)}`
}

function values(completes: Completes): string {
  if (completes === 'ids') return " -a '(__orchestrator_ids)'"
  if (completes === 'files') return ' -F'
  if (completes === 'directories') return " -a '(__fish_complete_directories)'"
  if (completes === 'anything') return ''
  return ` -a ${quote(completes.join(' '))}`
}

/** In single quotes fish knows two escapes. */
function quote(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`
}
