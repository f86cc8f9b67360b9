import type { Command } from './context.ts'

/** A command as `help`, the parser and the shell completion know it. */
export interface CommandSpec {
  readonly name: string
  /** Positional arguments in commander's form, such as `<id...>`. */
  readonly args?: string
  readonly summary: string
  /** Flags in commander's form, each with its meaning. */
  readonly options?: readonly (readonly [flags: string, meaning: string])[]
  /** What its first argument completes to in a shell: ids, files, or one of these words. */
  readonly completes?: 'ids' | 'files' | readonly string[]
  /** Whether it runs tasks itself: it then has its own answer to signals, and goes on when nobody reads its output any more. */
  readonly runsTasks?: true
  readonly load: () => Promise<Command>
}
