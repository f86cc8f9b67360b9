import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { endAll, processesOf } from './left-overs.ts'
import { SYSTEM_PATH } from './process.ts'

/** All that a fixture agent sees of this machine. */
export const BARE_ENV = { PATH: SYSTEM_PATH }

/** Path of an executable of `test/fixtures/agents`. */
export function fixtureAgent(name: string): string {
  return resolve(import.meta.dirname, '../fixtures/agents', `${name}.sh`)
}

/** A new empty directory that processes of a test run in. */
export interface Place extends AsyncDisposable {
  readonly path: string
  /** Commands of the processes that live in it at this moment. */
  living(): Promise<string[]>
}

export async function newPlace(): Promise<Place> {
  const path = await realpath(await mkdtemp(join(tmpdir(), 'orchestrator-place-')))
  return {
    path,
    living: async () => (await processesOf(path)).map(({ command }) => command),
    async [Symbol.asyncDispose]() {
      await endAll(path)
      await rm(path, { recursive: true, force: true })
    },
  }
}

/** Everything that comes, in order. */
export async function allOf<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}
