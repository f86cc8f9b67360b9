import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { HomePaths } from '../config/home.ts'
import { removeUnfinished } from '../lib/atomic-file.ts'

/** The launcher of all attempts in homes of version 0.1.0. */
const FORMER_LAUNCHERS = 'bin'

/**
 * Removes what a daemon that was killed left behind in the state of the home: what it compared work trees with, the directories of its runs,
 * and files that it was writing, as far as they are older than that time. Rejects where the disk refuses.
 */
export async function sweepState({ state, run, outbox, telegram, scratch }: HomePaths, before: Date): Promise<void> {
  for (const folder of [scratch, run, join(state, FORMER_LAUNCHERS)]) await rm(folder, { recursive: true, force: true, maxRetries: 3 })
  for (const folder of [state, outbox, telegram]) if (existsSync(folder)) await removeUnfinished(folder, before)
}
