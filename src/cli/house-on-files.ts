import { mkdirSync } from 'node:fs'
import type { HomePaths } from '../config/home.ts'
import { requireConfig } from '../config/load.ts'
import { compose, type House } from '../daemon/compose.ts'
import { acquireLock } from '../daemon/lock.ts'
import { makeFolders } from '../inbox/folders.ts'
import type { Disposer } from '../lib/disposer.ts'
import { version } from '../lib/version.ts'

/** The house of a home in which no daemon runs, for a command that is the daemon for a moment; let go with the disposer. Throws where a daemon holds the home after all. */
export async function houseOnFiles(paths: HomePaths, disposer: Disposer): Promise<House> {
  const config = await requireConfig({ home: paths.home })
  disposer.use(await acquireLock(paths.lock, version(), paths))
  makeFolders(paths)
  for (const folder of [paths.results, paths.summaries]) mkdirSync(folder, { recursive: true })
  return compose({ paths, config, flags: {}, only: undefined, onChange: () => undefined }, disposer)
}
