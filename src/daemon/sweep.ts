import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import type { HomePaths } from '../config/home.ts'
import { removeUnfinished } from '../lib/atomic-file.ts'

/**
 * Removes what a daemon that was killed left behind in the state of the home: what it compared work trees with, and files that it was
 * writing, as far as they are older than that time. Rejects where the disk refuses.
 */
export async function sweepState({ state, launchers, outbox, telegram, scratch }: HomePaths, before: Date): Promise<void> {
  await rm(scratch, { recursive: true, force: true, maxRetries: 3 })
  for (const folder of [state, launchers, outbox, telegram]) if (existsSync(folder)) await removeUnfinished(folder, before)
}
