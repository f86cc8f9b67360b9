import { existsSync } from 'node:fs'
import type { HomePaths } from '../config/home.ts'
import { tellDaemon } from '../control/client.ts'
import type { DaemonStatus } from '../control/protocol.ts'
import type { SocketAddress } from '../control/socket-place.ts'
import { OrchestratorError } from '../domain/errors.ts'

/** What can be told of the daemon of a home: its status, or a process that holds the home and says nothing, or that none runs. */
export type DaemonView =
  | { readonly kind: 'answers'; readonly status: DaemonStatus }
  | { readonly kind: 'silent'; readonly pid: number; readonly since: string }
  | { readonly kind: 'none' }

/** Asks the daemon of a home how it is. Nothing is loaded for that where none ever ran. */
export async function askDaemon(paths: HomePaths): Promise<DaemonView> {
  const { socket, lock } = paths
  const status = process.platform === 'win32' || existsSync(socket) ? await statusFrom(paths) : undefined
  if (status) return { kind: 'answers', status }
  if (!existsSync(lock)) return { kind: 'none' }
  const { lockHolder } = await import('../daemon/lock.ts')
  const holder = lockHolder(lock)
  return holder ? { kind: 'silent', pid: holder.pid, since: holder.since } : { kind: 'none' }
}

/** Undefined where nobody listens, or nobody answers in time. */
async function statusFrom(address: SocketAddress): Promise<DaemonStatus | undefined> {
  try {
    return await tellDaemon(address, 'status', {})
  } catch (error) {
    const refused = error instanceof OrchestratorError && error.code !== 'not_running' && error.code !== 'daemon_unreachable'
    if (refused) throw error
    return undefined
  }
}
