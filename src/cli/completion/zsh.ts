import type { CommandSpec } from '../command-spec.ts'
import { type Completes, type Flag, flagsOf, GLOBAL_FLAGS, ID_FOLDERS, quote } from './facts.ts'

/** Completion for zsh; a file `_orchestrator` on the fpath, or `source <(orchestrator completion zsh)`. */
export function zshScript(commands: readonly CommandSpec[]): string {
  return `#compdef orchestrator

_orchestrator_ids() {
  local home=\${opt_args[--home]:-\${_orchestrator_home:-\${ORCHESTRATOR_HOME:-.}}}
  local -a ids
  ids=(${ID_FOLDERS.map((folder) => `$home/tasks/${folder}*.task.md(N:t)`).join(' ')})
  ids=(\${ids%.task.md})
  compadd -a ids
}

_orchestrator() {
  local curcontext=$curcontext state line _orchestrator_home
  local -A opt_args
  _arguments -C ${GLOBAL_FLAGS.map(argument).join(' ')} '(-V --version)'{-V,--version}'[print the version]' \\
    '1:command:->command' '*::argument:->argument'
  _orchestrator_home=\${opt_args[--home]}
  case $state in
    command)
      local -a commands
      commands=(
${commands.map(({ name, summary }) => `        ${quote(`${name}:${summary}`)}`).join('\n')}
        'help:print help of a command'
      )
      _describe command commands ;;
    argument)
      case $words[1] in
${commands.map(branch).join('\n')}
      esac ;;
  esac
}

if [ "$funcstack[1]" = _orchestrator ]; then _orchestrator "$@"; else compdef _orchestrator orchestrator; fi
`
}

function branch(command: CommandSpec): string {
  const own = command.completes === undefined ? [] : [quote(`*:argument:${action(command.completes)}`)]
  return `        ${command.name}) _arguments ${[...flagsOf(command).map(argument), ...own].join(' ')} ;;`
}

function argument({ long, short, meaning, value }: Flag): string {
  const text = meaning.replace(/[[\]:\\]/g, '\\$&')
  const tail = `[${text}]${value === undefined ? '' : `:value:${action(value)}`}`
  return short === undefined ? quote(`${long}${tail}`) : `'(${short} ${long})'{${short},${long}}${quote(tail)}`
}

function action(completes: Completes): string {
  if (completes === 'ids') return '_orchestrator_ids'
  if (completes === 'files') return '_files'
  if (completes === 'directories') return '_files -/'
  if (completes === 'anything') return ' '
  return `(${completes.join(' ')})`
}
