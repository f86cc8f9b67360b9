import { existsSync } from 'node:fs'
import { homePaths, isHome } from '../../../config/home.ts'
import { tellDaemon } from '../../../control/client.ts'
import type { SocketAddress } from '../../../control/socket-place.ts'
import { lockHolder } from '../../../daemon/lock.ts'
import { pauseMark } from '../../../daemon/pause.ts'
import { version } from '../../../lib/version.ts'
import { wordsOf } from '../../../lib/words-of.ts'
import type { Check } from './check.ts'

const GROUP = 'Daemon'

/** Who holds the home, and whether it answers. */
export async function checkDaemon(home: string): Promise<readonly Check[]> {
  if (!isHome(home)) return []
  const paths = homePaths(home)
  const paused: Check[] = pauseMark(paths.paused).paused
    ? [{ group: GROUP, name: 'queue', status: 'note', detail: 'paused: nothing is started', fix: 'orchestrator resume' }]
    : []
  const holder = lockHolder(paths.lock)
  if (!holder) return [{ group: GROUP, name: 'lock', status: 'ok', detail: unheld(paths.lock) }, ...paused]
  const held = `process ${holder.pid}, version ${holder.version}, since ${holder.since}`
  return [...(await answering(paths, holder.version, held)), ...paused]
}

function unheld(lock: string): string {
  return existsSync(lock) ? 'no daemon runs; the lock that one left is taken over by the next start' : 'no daemon runs'
}

async function answering(address: SocketAddress, its: string, held: string): Promise<readonly Check[]> {
  const base = { group: GROUP, name: 'lock' }
  let waiting: readonly string[]
  try {
    waiting = (await tellDaemon(address, 'status', {})).configWaiting ?? [] // one of an earlier version tells nothing of it
  } catch (error) {
    return [
      {
        ...base,
        status: 'warn',
        detail: `${held}, does not answer: ${wordsOf(error)}`,
        fix: 'Look at logs/orchestrator.log; restart it if it hangs.',
      },
    ]
  }
  if (its === version()) return [{ ...base, status: 'ok', detail: held }, ...editsThatWait(waiting)]
  return [{ ...base, status: 'warn', detail: `${held}, while this is version ${version()}`, fix: 'Stop it and start it again.' }]
}

function editsThatWait(waiting: readonly string[]): readonly Check[] {
  if (waiting.length === 0) return []
  return [
    {
      group: GROUP,
      name: 'configuration',
      status: 'warn',
      detail: `edits are not in force, since an agent could have made them: ${waiting.join(', ')}`,
      fix: 'Read .env and config/orchestrator.yaml. If they say what you want: orchestrator reload',
    },
  ]
}
