import { OrchestratorError } from '../../domain/errors.ts'
import type { CommandSpec } from '../command-spec.ts'
import { bashScript } from '../completion/bash.ts'
import { fishScript } from '../completion/fish.ts'
import { zshScript } from '../completion/zsh.ts'
import type { Command } from '../context.ts'

const SCRIPTS = { bash: bashScript, zsh: zshScript, fish: fishScript } as const

/** `completion SHELL`: prints a script that completes commands, options, ids and files, made from the table of commands. */
export function completionOf(commands: readonly CommandSpec[]): Command {
  return ({ out }, [shell = '']) => {
    if (!isShell(shell)) {
      throw new OrchestratorError('usage', `There is no completion for "${shell}".`, {
        hint: `Name one of ${Object.keys(SCRIPTS).join(', ')}.`,
      })
    }
    out.write(SCRIPTS[shell](commands))
    return 0
  }
}

function isShell(name: string): name is keyof typeof SCRIPTS {
  return Object.hasOwn(SCRIPTS, name)
}
