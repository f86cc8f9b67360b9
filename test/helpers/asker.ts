import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { expect } from 'vitest'
import { type Question, questionsFileSchema } from '../../src/domain/question.ts'
import { type Home, type HomeOptions, makeHome } from './home.ts'
import { notesIn } from './notes.ts'
import { until } from './until.ts'

/** An agent that runs the commands in its prompt; see there. */
const ASKER = resolve(import.meta.dirname, '../fixtures/agents/asker.js')

/** A command that the agent has run. */
export interface Said {
  readonly line: string
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** A home whose `claude` is the asker, and whose agents do not wait long for answers. */
export function makeAskerHome(options: HomeOptions = {}): Promise<Home> {
  return makeHome({ ...options, env: { ASK_WAIT_SEC: '0', ...options.env }, programs: { claude: ASKER, ...options.programs } })
}

/** The commands of the agent that have ended, in order. */
export async function saidIn(home: Home): Promise<readonly Said[]> {
  return notesIn(home, 'said.ndjson')
}

/** What the newest run of a task has asked. */
export async function questionsOf(home: Home, id: string): Promise<readonly Question[]> {
  const text = await readFile(join(home.paths.waiting, `${id}.questions.json`), 'utf8').catch(() => '{"schema_version":1,"questions":[]}')
  return questionsFileSchema.parse(JSON.parse(text)).questions
}

/** Waits until so many questions of a task are open, and gives their ids. */
export function untilAsked(home: Home, id: string, count = 1): Promise<readonly string[]> {
  return until(async () => {
    const open = (await questionsOf(home, id)).filter(({ state }) => state === 'open')
    expect(open).toHaveLength(count)
    return open.map((question) => question.id)
  })
}

/** Waits until a task is parked. */
export async function untilParked(home: Home, id: string): Promise<void> {
  const parked = async () => {
    expect(await home.stateOf(id)).toBe('waiting')
    expect((await home.events(id)).some(({ event }) => event === 'parked')).toBe(true)
  }
  await until(parked)
}
