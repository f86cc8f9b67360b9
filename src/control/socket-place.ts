import { chmodSync, closeSync, constants, fstatSync, lstatSync, mkdirSync, openSync, type Stats, statSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { OrchestratorError } from '../domain/errors.ts'

/** A control socket, and the home that it belongs to. */
export interface SocketAddress {
  readonly home: string
  readonly socket: string
}

/** The path by which the system is given a Unix socket. Disposed once nobody listens there any more, or when a client is connected. */
export interface SocketPlace extends Disposable {
  readonly path: string
}

/**
 * The socket that a client connects to, once it is certain whose it is: it and its directory belong to the caller or to the owner of the home,
 * and nobody else may write there. Throws `not_trusted` where that is not so, and the error of the system where there is none.
 */
export function findSocket({ home, socket }: SocketAddress): SocketPlace {
  if (process.platform === 'win32') return asItIs(socket)
  const place = openPlace(socket)
  try {
    const stats = lstatSync(place.path)
    checkDirectory(dirname(socket), place.stats(), home)
    if (stats.isSymbolicLink()) throw new OrchestratorError('not_trusted', `${socket} is a link.`)
    checkOwner(socket, stats, home)
    return place
  } catch (error) {
    place[Symbol.dispose]()
    throw error
  }
}

/** The socket that a daemon listens on, in a directory that only its owner can enter. Throws `not_trusted` where that belongs to somebody else. */
export function prepareSocket({ home, socket }: SocketAddress): SocketPlace {
  if (process.platform === 'win32') return asItIs(socket)
  makePrivate(dirname(socket), home)
  return openPlace(socket)
}

/**
 * Makes a directory that only its owner can enter, and narrows one that more can. Throws `not_trusted` where it belongs neither to this user
 * nor to the owner of the home, or others can write there all the same.
 */
export function makePrivate(directory: string, home: string): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  if (process.platform === 'win32') return
  const stats = statSync(directory)
  const [us] = trustedBy(home)
  const isOpen = (stats.mode & 0o077) !== 0
  if (isOpen && (us === stats.uid || us === 0)) {
    checkDirectory(directory, { ...stats, mode: 0o700 } as Stats, home)
    // Narrowed alone: one that was made unwritable stays so, and the start says it.
    chmodSync(directory, stats.mode & 0o700)
  }
  checkDirectory(directory, statSync(directory), home)
}

/**
 * Systems take about 100 bytes for the path of a socket; on Linux it is reached through the open directory, so that it may be of any length and
 * is in the very directory that was looked at.
 */
function openPlace(socket: string): SocketPlace & { stats(): Stats } {
  const directory = dirname(socket)
  if (process.platform !== 'linux') return { ...asItIs(socket), stats: () => statSync(directory) }
  const open = openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY)
  return {
    path: `/proc/self/fd/${open}/${basename(socket)}`,
    stats: () => fstatSync(open),
    [Symbol.dispose]: () => closeSync(open),
  }
}

function asItIs(path: string): SocketPlace {
  return { path, [Symbol.dispose]: () => undefined }
}

/** A link to the directory is followed where it belongs to the same people. */
function checkDirectory(directory: string, stats: Stats, home: string): void {
  for (const one of [lstatSync(directory), stats]) checkOwner(directory, one, home)
  if ((stats.mode & 0o022) !== 0) throw new OrchestratorError('not_trusted', `Other users can write in ${directory}.`)
}

function checkOwner(path: string, { uid }: Stats, home: string): void {
  if (trustedBy(home).includes(uid)) return
  throw new OrchestratorError('not_trusted', `${path} belongs to user ${uid}: neither to this user nor to the owner of the home.`)
}

/** This user, and the owner of the home. */
function trustedBy(home: string): readonly number[] {
  const us = process.geteuid?.() ?? 0
  return [us, statSync(home, { throwIfNoEntry: false })?.uid ?? us]
}
