import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { replaceFile } from '../../lib/atomic-file.ts'
import { readState } from '../../lib/read-state.ts'
import { isStorageError } from '../../lib/storage-error.ts'
import type { Logger } from '../../telemetry/logger.ts'
import type { TelegramApi } from './api.ts'
import { updateId } from './incoming.ts'
import type { Keeper } from './keeper.ts'
import { backOff, type Outage } from './outage.ts'

/** How long the farewell to Telegram may take, in milliseconds. */
const FAREWELL_MS = 5_000

/** How often an update is tried that cannot be dealt with: for a reason of its own, and where it is the disk that refuses (for about an hour). */
const TRIES = 4
const TRIES_ON_DISK = 64

const placeSchema = z.object({ bot: z.int(), last: z.int().min(0) })

/** What polling needs. */
export interface Polling {
  readonly api: Pick<TelegramApi, 'updates'>
  readonly outage: Outage
  readonly keeper: Pick<Keeper, 'keep'>
  readonly log: Pick<Logger, 'error'>
  /** Where the place in the stream of updates is kept. */
  readonly path: string
  /** The bot whose stream it is; each has numbers of its own. */
  readonly bot: number
  handle(update: unknown): Promise<void>
}

/**
 * Reads updates until the signal: each is handled once, one after the other, also over restarts; only a kill in the middle of one
 * has it handled again. Whatever goes wrong is told in the health of the bridge and waited out; Telegram gets no receipt before an update
 * is handled. An update that fails again and again although nothing else does is named in the log and passed over. Never rejects.
 */
export async function poll({ api, outage, keeper, log, path, bot, handle }: Polling, signal: AbortSignal): Promise<void> {
  let last = readPlace(path, bot)
  let failures = 0
  while (!signal.aborted) {
    const began = performance.now()
    try {
      // Behind a failure without waiting for a message, so that it is known at once whether it works again.
      const updates = await api.updates(last === undefined ? undefined : last + 1, signal, failures > 0 ? 0 : undefined)
      outage.worked('read')
      failures = 0
      for (const update of updates) {
        const id = updateId(update)
        if (id === undefined || (last !== undefined && id <= last)) continue
        if (!(await handled(update, id))) break
        last = id
        keepPlace(id)
        if (signal.aborted) break
      }
    } catch (error) {
      failures++
      outage.failed('read', error, began)
      await pause(failures, error)
    }
  }
  // Another program that reads for this bot later does not get again what was handled here.
  if (last !== undefined && failures === 0) await api.updates(last + 1, AbortSignal.timeout(FAREWELL_MS), 0).catch(() => undefined)

  /** Whether an update is done with: false only where the end came first. */
  async function handled(update: unknown, id: number): Promise<boolean> {
    for (let tries = 1; ; tries++) {
      try {
        await handle(update)
        if (outage.isOut('handle')) outage.worked('handle')
        return true
      } catch (error) {
        if (tries >= (isStorageError(error) ? TRIES_ON_DISK : TRIES)) {
          log.error('telegram: an update that cannot be dealt with is passed over', { update: id, tries, error })
          outage.worked('handle')
          return true
        }
        outage.failed('handle', error, performance.now())
        await pause(tries, error)
        if (signal.aborted) return false
      }
    }
  }

  function keepPlace(id: number): void {
    keeper.keep(path, () => {
      mkdirSync(dirname(path), { recursive: true })
      replaceFile(path, JSON.stringify({ bot, last: id }))
    })
  }

  async function pause(times: number, error: unknown): Promise<void> {
    await sleep(backOff(times, error), undefined, { signal }).catch(() => undefined)
  }
}

/** The last update of this bot that was handled. */
function readPlace(path: string, bot: number): number | undefined {
  const place = readState(path, placeSchema)
  return place?.bot === bot ? place.last : undefined
}
