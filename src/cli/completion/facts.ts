import { TASK_STATES } from '../../control/view/home-view.ts'
import { PRIORITIES } from '../../domain/task.ts'
import type { CommandSpec } from '../command-spec.ts'

/** An option as a shell sees it. */
export interface Flag {
  /** `--follow`, and `-f` where there is a short form. */
  readonly long: string
  readonly short: string | undefined
  readonly meaning: string
  /** What its value completes to; undefined for an option without one. */
  readonly value: Completes | undefined
}

/** What a word completes to; `anything` is left to the person. */
export type Completes = 'ids' | 'files' | 'directories' | 'anything' | readonly string[]

/** Options of every command. */
export const GLOBAL_FLAGS: readonly Flag[] = [
  { long: '--home', short: undefined, meaning: 'home directory', value: 'directories' },
  { long: '--help', short: '-h', meaning: 'print help', value: undefined },
]

/** The folders in which the files of tasks lie; their names without the ending are the ids. */
export const ID_FOLDERS = ['', 'running/', 'waiting/', 'processed/', 'failed/'] as const

/** By the placeholder of a value in the table of commands. */
const VALUES: Readonly<Record<string, Completes>> = {
  dir: 'directories',
  file: 'files',
  id: 'ids',
  priority: PRIORITIES,
  state: TASK_STATES,
}

/** The options of a command, its own first. */
export function flagsOf({ options = [] }: CommandSpec): readonly Flag[] {
  const own = options.map(([flags, meaning]): Flag => {
    const [, placeholder] = /<(\w+)>/.exec(flags) ?? []
    return {
      long: /--[\w-]+/.exec(flags)?.[0] ?? flags,
      short: /^-\w\b/.exec(flags)?.[0],
      meaning,
      value: placeholder === undefined ? undefined : (VALUES[placeholder] ?? 'anything'),
    }
  })
  return [...own, ...GLOBAL_FLAGS]
}

/** A text in single quotes for a POSIX shell. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
