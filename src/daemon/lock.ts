import { linkSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { basename, dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { findSocket, makePrivate, type SocketAddress } from '../control/socket-place.ts'
import { OrchestratorError } from '../domain/errors.ts'
import { removeFile } from '../lib/atomic-file.ts'
import { crashPoint } from '../lib/crash-point.ts'
import { isAlive, selfIdentity } from '../lib/process-identity.ts'
import { type Form, lookAt, readState, setAside } from '../lib/read-state.ts'
import type { ProcessIdentity } from '../lib/running.ts'

/** Bytes. */
const LARGEST_LOCK = 4096

/** Who holds a home: the content of `.orchestrator/daemon.json`. */
export interface LockHolder extends ProcessIdentity {
  /** ISO time at which it took the lock. */
  readonly since: string
  readonly version: string
}

/** The live process that holds a home, or undefined. */
export function lockHolder(path: string): LockHolder | undefined {
  const holder = readHolder(path)
  return holder && isAlive(holder) ? holder : undefined
}

/** The hold on a home; disposing lets it go. */
export interface Lock extends AsyncDisposable {
  readonly holder: LockHolder
  /** Takes it again where its file was deleted; true if it was. Rejects with `already_running` where another process was faster. */
  retake(): Promise<boolean>
}

/**
 * Takes the lock of a home; that of a dead process is taken over. A process of another PID namespace, such as that of an agent, sees no holder
 * alive: what answers on the control socket holds the home all the same. Throws `already_running` with the holder, and `not_trusted` where the
 * directory of the lock belongs to somebody else.
 */
export async function acquireLock(path: string, version: string, address?: SocketAddress): Promise<Lock> {
  if (address) makePrivate(dirname(path), address.home)
  const holder: LockHolder = { ...selfIdentity(), since: new Date().toISOString(), version }
  const isOurs = () => readHolder(path)?.pid === process.pid
  await take(path, holder, address)
  return {
    holder,
    async retake() {
      if (isOurs()) return false
      await take(path, holder, undefined)
      return true
    },
    async [Symbol.asyncDispose]() {
      try {
        if (isOurs()) rmSync(path, { force: true })
      } catch {
        // What a dead process holds the next start takes over.
      }
    },
  }
}

async function take(path: string, holder: LockHolder, address: SocketAddress | undefined): Promise<void> {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const mine = `${path}.${process.pid}`
  removeFile(mine) // a killed taker that had our pid may have left it, as another name of the lock itself
  writeFileSync(mine, `${JSON.stringify(holder)}\n`)
  crashPoint('lock.written')
  try {
    while (!tryLink(mine, path)) {
      const other = readHolder(path)
      if (!other) requireReadable(path)
      if (other && (isAlive(other) || (address && (await answers(address))))) throw heldBy(other)
      if (takeOver(mine, path)) break
      await pause(20)
    }
    crashPoint('lock.taken')
  } finally {
    rmSync(mine, { force: true })
  }
  tidy(path)
}

/** Whether a daemon listens on a control socket; one that is too busy to answer listens too. What somebody else listens on is none. */
function answers(address: SocketAddress): Promise<boolean> {
  return new Promise((resolve) => {
    const connection = connectTo(address)
    if (!connection) return resolve(false)
    connection.once('connect', () => resolve(true)).once('error', () => resolve(false))
    connection.once('connect', () => connection.destroy())
  })
}

/** Undefined where there is no socket, or one that is not to be trusted. */
function connectTo(address: SocketAddress): Socket | undefined {
  try {
    using place = findSocket(address)
    return connect(place.path) // asks the system before it returns
  } catch {
    return undefined // nobody listens where nothing is
  }
}

/** Replaces the lock of a dead process. Only who makes the guard may do it, so that two takers cannot both succeed. */
function takeOver(mine: string, path: string): boolean {
  const guard = `${path}.takeover`
  if (!tryLink(mine, guard)) {
    if (!readHolder(guard))
      removeFile(guard) // it is made whole in one step, so that this is none of ours
    else removeIfDead(guard)
    return false
  }
  try {
    crashPoint('lock.guarded')
    if (lockHolder(path)) return false
    setAside(path)
    renameSync(mine, path)
    return true
  } finally {
    rmSync(guard, { force: true })
  }
}

/** Removes what takers left that were killed while they took the lock. */
function tidy(path: string): void {
  for (const name of readdirSync(dirname(path))) if (name.startsWith(`${basename(path)}.`)) removeIfDead(join(dirname(path), name))
}

function removeIfDead(path: string): void {
  const holder = readHolder(path)
  if (holder && !isAlive(holder)) rmSync(path, { force: true })
}

/** Makes `path` with the content of `mine`, in one step; false where it exists. */
function tryLink(mine: string, path: string): boolean {
  try {
    linkSync(mine, path)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  }
}

function readHolder(path: string): LockHolder | undefined {
  return readState(path, HOLDER, { most: LARGEST_LOCK }) // missing or torn: nobody holds it
}

/** A lock that only another user may read can be held by a daemon of his. */
function requireReadable(path: string): void {
  const looked = lookAt(path)
  if (looked.kind !== 'odd' || (looked.code !== 'EACCES' && looked.code !== 'EPERM')) return
  throw new OrchestratorError('cannot_read', `${path} cannot be read, so that nobody knows whether a daemon runs on this home.`, {
    hint: 'Remove it if none does, not even one of another user.',
  })
}

/** What a lock says, checked without the schema library, which would take longer than all of a short command. */
const HOLDER: Form<LockHolder> = {
  safeParse: (value) => (isHolder(value) ? { success: true, data: value } : { success: false }),
}

function isHolder(value: unknown): value is LockHolder {
  if (typeof value !== 'object' || value === null) return false
  const { pid, started, boot, since, version } = value as Record<string, unknown>
  const isPid = Number.isInteger(pid) && Number(pid) > 0 && Number(pid) < 2 ** 32
  return isPid && [started, boot, since, version].every((text) => typeof text === 'string')
}

function heldBy(holder: LockHolder): OrchestratorError {
  return new OrchestratorError('already_running', `A daemon (process ${holder.pid}, since ${holder.since}) runs on this home.`, {
    hint: `Use that one, or stop it with: kill ${holder.pid}`,
  })
}
