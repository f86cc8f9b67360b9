import type { CommandSpec } from '../command-spec.ts'
import { type Completes, flagsOf, ID_FOLDERS } from './facts.ts'

/** Completion for bash 3.2 and newer; to be sourced, as with `source <(orchestrator completion bash)`. */
export function bashScript(commands: readonly CommandSpec[]): string {
  return `# orchestrator: completion for bash
_orchestrator_ids() {
  local file
  for file in ${ID_FOLDERS.map((folder) => `"$1/tasks/${folder}$2"*.task.md`).join(' ')}; do
    [ -e "$file" ] || continue
    file=\${file##*/}
    COMPREPLY+=("\${file%.task.md}")
  done
}

_orchestrator_paths() {
  local line
  compopt -o filenames 2>/dev/null
  while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen "$1" -- "$2")
}

_orchestrator() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]} home=\${ORCHESTRATOR_HOME:-.} command='' i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    case \${COMP_WORDS[i]} in
      --home) home=\${COMP_WORDS[++i]} ;;
      -*) ;;
      *) [ -n "$command" ] || command=\${COMP_WORDS[i]} ;;
    esac
  done
  if [ "$prev" = --home ]; then _orchestrator_paths -d "$cur"; return; fi
  case $command in
    '') COMPREPLY=($(compgen -W '${commands.map(({ name }) => name).join(' ')} help --home --help --version' -- "$cur")); return ;;
    help) COMPREPLY=($(compgen -W '${commands.map(({ name }) => name).join(' ')}' -- "$cur")); return ;;
${commands.map(branch).join('\n')}
  esac
}

complete -F _orchestrator orchestrator
`
}

function branch(command: CommandSpec): string {
  const flags = flagsOf(command)
  const values = flags.filter(({ value, long }) => value !== undefined && long !== '--home')
  const cases = values.map(({ long, value = 'anything' }) => `        ${long}) ${reply(value)}; return ;;`)
  const words = flags.flatMap(({ long, short }) => (short === undefined ? [long] : [long, short]))
  return `    ${command.name})
${cases.length === 0 ? '' : `      case $prev in\n${cases.join('\n')}\n      esac\n`}      case $cur in
        -*) ${reply(words)} ;;
        *) ${command.completes === undefined ? ':' : reply(command.completes)} ;;
      esac ;;`
}

function reply(completes: Completes): string {
  if (completes === 'ids') return '_orchestrator_ids "$home" "$cur"'
  if (completes === 'files') return '_orchestrator_paths -f "$cur"'
  if (completes === 'directories') return '_orchestrator_paths -d "$cur"'
  if (completes === 'anything') return ':'
  return `COMPREPLY=($(compgen -W '${completes.join(' ')}' -- "$cur"))`
}
