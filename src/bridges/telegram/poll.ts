import { mkdirSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { replaceFile } from '../../lib/atomic-file.ts'
import type { TelegramApi } from './api.ts'
import { updateId } from './incoming.ts'
import { backOff, type Outage } from './outage.ts'
import { TelegramProblem } from './problem.ts'

/** How long the farewell to Telegram may take, in milliseconds. */
const FAREWELL_MS = 5_000

/** What polling needs. */
export interface Polling {
  readonly api: TelegramApi
  readonly outage: Outage
  /** Where the place in the stream of updates is kept. */
  readonly path: string
  /** The bot whose stream it is; each has numbers of its own. */
  readonly bot: number
  /** Must not reject. */
  handle(update: unknown): Promise<void>
}

/**
 * Reads updates until the signal: each is handled once, one after the other, also over restarts; only a kill in the middle of one
 * has it handled again. Whatever goes wrong is waited out.
 */
export async function poll({ api, outage, path, bot, handle }: Polling, signal: AbortSignal): Promise<void> {
  let last = readPlace(path, bot)
  let failures = 0
  while (!signal.aborted) {
    const began = performance.now()
    try {
      const updates = await api.updates(last === undefined ? undefined : last + 1, signal)
      outage.worked('read')
      failures = 0
      for (const update of updates) {
        const id = updateId(update)
        if (id === undefined || (last !== undefined && id <= last)) continue
        await handle(update)
        last = id
        mkdirSync(dirname(path), { recursive: true })
        replaceFile(path, JSON.stringify({ bot, last }))
        if (signal.aborted) break
      }
    } catch (error) {
      if (!(error instanceof TelegramProblem)) throw error
      outage.failed('read', error, began)
      failures++
      await sleep(backOff(failures, error), undefined, { signal }).catch(() => undefined)
    }
  }
  // Another program that reads for this bot later does not get again what was handled here.
  if (last !== undefined && failures === 0) await api.updates(last + 1, AbortSignal.timeout(FAREWELL_MS), 0).catch(() => undefined)
}

/** The last update of this bot that was handled. */
function readPlace(path: string, bot: number): number | undefined {
  try {
    const place = z.object({ bot: z.number(), last: z.number() }).parse(JSON.parse(readFileSync(path, 'utf8')))
    return place.bot === bot ? place.last : undefined
  } catch {
    return undefined
  }
}
