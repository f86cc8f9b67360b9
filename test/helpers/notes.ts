import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Home } from './home.ts'

/** What an agent of the tests has noted so far in a file of its user's home, one JSON value a line. */
export async function notesIn<T>({ env }: Home, file: string): Promise<readonly T[]> {
  const notes = await readFile(join(env.HOME ?? '', file), 'utf8').catch(() => '')
  return notes
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
}
