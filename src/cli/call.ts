import type { CommandSpec } from './command-spec.ts'
import type { Options } from './context.ts'

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
