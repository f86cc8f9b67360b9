import { writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { LoggedEvent } from '../../src/domain/events.ts'
import { type Home, type HomeOptions, makeHome } from './home.ts'
import { notesIn } from './notes.ts'

/** An agent that notes how it was called and does what a `play:` line of the prompt says; see there. */
export const STAND_IN = resolve(import.meta.dirname, '../fixtures/agents/stand-in.js')

/** How the agent was called once. */
export interface Call {
  readonly run: string
  readonly pid: number
  readonly cwd: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly stdin: string
}

/** The value that a call gives an option as an argument of its own. */
export function optionOf({ args }: Pick<Call, 'args'>, name: `--${string}`): string | undefined {
  const at = args.indexOf(name)
  return at === -1 ? undefined : args[at + 1]
}

/** A home whose `claude` is the stand-in. */
export function makeStandInHome(options: HomeOptions = {}): Promise<Home> {
  return makeHome({ ...options, programs: { claude: STAND_IN, ...options.programs } })
}

/** All calls so far, in the order in which they began. */
export async function callsIn(home: Home): Promise<readonly Call[]> {
  return notesIn(home, 'calls.ndjson')
}

/** Ends the wait of all agents that play `until=NAME`. */
export async function release(home: Home, name: string): Promise<void> {
  await writeFile(join(home.env.HOME ?? '', name), '')
}

/** A task file with these front-matter lines and this prompt. */
export function taskFile(head: Readonly<Record<string, unknown>>, prompt = 'Do it.'): string {
  const keys = Object.entries(head).map(([key, value]) => `${key}: ${JSON.stringify(value)}\n`)
  return `---\n${keys.join('')}---\n\n**Prompt:**\n${prompt}\n`
}

/** The names of events, in order. */
export function namesOf(events: readonly LoggedEvent[]): string[] {
  return events.map(({ event }) => event)
}

/** The tasks of all events of that name, in order. */
export function tasksOf(events: readonly LoggedEvent[], name: string): string[] {
  return events.flatMap((event) => (event.event === name && 'task_id' in event ? [event.task_id] : []))
}
