import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { makeFileHome } from '../../test/helpers/cli-home.ts'
import { needs } from '../../test/helpers/needs.ts'
import { OTHER_USER, serveAsOther } from '../../test/helpers/other-user.ts'
import { type HomePaths, homePaths } from '../config/home.ts'
import { tellDaemon } from './client.ts'
import type { Commands } from './protocol.ts'
import { serveControl } from './server.ts'
import { makePrivate, prepareSocket } from './socket-place.ts'

const COMMANDS = { status: async () => ({ pid: 1 }) } as unknown as Commands

function makeHome(): HomePaths {
  const home = makeFileHome()
  onTestFinished(() => home[Symbol.dispose]())
  chmodSync(home.home, 0o755) // others may come in, as they may into most homes
  return home.paths
}

describe('a client trusts no socket of another user', needs('another user'), () => {
  const refused = (paths: HomePaths, why: RegExp) =>
    expect(tellDaemon(paths, 'status', {})).rejects.toMatchObject({ code: 'not_trusted', message: expect.stringMatching(why) })

  test('in a directory of that user', async () => {
    const paths = makeHome()
    mkdirSync(paths.state)
    chownSync(paths.state, OTHER_USER, OTHER_USER)
    await using _other = await serveAsOther(paths.socket, { pid: 666 })
    await refused(paths, /\.orchestrator belongs to user 65534/)
  })

  test('in a directory of ours that others can write in', async () => {
    const paths = makeHome()
    mkdirSync(paths.state)
    for (const mode of [0o777, 0o1777]) {
      chmodSync(paths.state, mode)
      rmSync(paths.socket, { force: true })
      await using _other = await serveAsOther(paths.socket, { pid: 666 })
      await refused(paths, /Other users can write in/)
    }
    chmodSync(paths.state, 0o700)
    await refused(paths, /control\.sock belongs to user 65534/)
  })

  test('behind a link, whoever made it', async () => {
    const paths = makeHome()
    const theirs = mkdtempSync(join(tmpdir(), 'theirs-'))
    onTestFinished(() => rmSync(theirs, { recursive: true }))
    chownSync(theirs, OTHER_USER, OTHER_USER)
    await using _other = await serveAsOther(join(theirs, 'control.sock'), { pid: 666 })
    mkdirSync(paths.state, { mode: 0o700 })
    symlinkSync(join(theirs, 'control.sock'), paths.socket)
    await refused(paths, /is a link/)
    rmSync(paths.state, { recursive: true })
    symlinkSync(theirs, paths.state)
    await refused(paths, /belongs to user 65534/)
  })

  test('except that of the owner of the home', async () => {
    const paths = makeHome()
    chownSync(paths.home, OTHER_USER, OTHER_USER)
    mkdirSync(paths.state, { mode: 0o700 })
    chownSync(paths.state, OTHER_USER, OTHER_USER)
    await using _other = await serveAsOther(paths.socket, { pid: 666 })
    expect(await tellDaemon(paths, 'status', {})).toEqual({ pid: 666 })
  })
})

describe('a daemon', needs('posix'), () => {
  test('narrows a directory of its own before it listens there, and makes one that only its owner can enter', async () => {
    for (const mode of [undefined, 0o755, 0o777, 0o770, 0o700]) {
      const paths = makeHome()
      if (mode !== undefined) mkdirSync(paths.state)
      if (mode !== undefined) chmodSync(paths.state, mode)
      await using _control = await serveControl(paths, COMMANDS)
      expect(statSync(paths.state).mode & 0o777).toBe(0o700)
      expect(lstatSync(paths.socket).mode & 0o777).toBe(0o600)
      expect(await tellDaemon(paths, 'status', {})).toEqual({ pid: 1 })
    }
  })

  test('listens in no directory of another user, and touches nothing in it', needs('another user'), async () => {
    const paths = makeHome()
    mkdirSync(paths.state)
    chownSync(paths.state, OTHER_USER, OTHER_USER)
    await using _other = await serveAsOther(paths.socket, { pid: 666 })
    const before = statSync(paths.state)
    await expect(serveControl(paths, COMMANDS)).rejects.toMatchObject({ code: 'not_trusted' })
    expect(statSync(paths.state)).toMatchObject({ mode: before.mode, uid: OTHER_USER })
    expect(existsSync(paths.socket)).toBe(true)
  })

  test('takes the directory of the owner of its home, as root may', needs('another user'), async () => {
    const paths = makeHome()
    mkdirSync(paths.state, { mode: 0o755 })
    for (const path of [paths.home, paths.state]) chownSync(path, OTHER_USER, OTHER_USER)
    await using _control = await serveControl(paths, COMMANDS)
    expect(statSync(paths.state)).toMatchObject({ uid: OTHER_USER, mode: expect.toSatisfy((mode: number) => (mode & 0o777) === 0o700) })
    expect(await tellDaemon(paths, 'status', {})).toEqual({ pid: 1 })
  })
})

test('a path of any length is listened and connected to, also once it was deleted and made again', needs('proc'), async () => {
  const { home } = makeHome()
  const paths = homePaths(join(home, 'long'.repeat(40), 'longer'.repeat(40)))
  mkdirSync(paths.home, { recursive: true })
  const control = await serveControl(paths, COMMANDS)
  const descriptors = () => readdirSync('/proc/self/fd').length
  expect(await tellDaemon(paths, 'status', {})).toEqual({ pid: 1 })
  const before = descriptors()
  for (let times = 0; times < 3; times++) {
    rmSync(paths.state, { recursive: true })
    await expect(tellDaemon(paths, 'status', {})).rejects.toMatchObject({ code: 'not_running' })
    expect(await control.reopen()).toBe(true)
    expect(await tellDaemon(paths, 'status', {})).toEqual({ pid: 1 })
    expect(await control.reopen()).toBe(false)
  }
  expect(descriptors()).toBe(before)
  await control[Symbol.asyncDispose]()
  expect(readdirSync(paths.state)).toEqual([])
  await expect(tellDaemon(paths, 'status', {})).rejects.toMatchObject({ code: 'not_running' })
})

describe('where the path is too long and cannot be reached otherwise', needs('posix'), () => {
  function elsewhere(): HomePaths {
    const real = process.platform
    Object.defineProperty(process, 'platform', { value: 'darwin' })
    const { home } = makeHome()
    const long = join(home, 'long'.repeat(40))
    mkdirSync(long)
    const paths = homePaths(long)
    onTestFinished(() => {
      Object.defineProperty(process, 'platform', { value: real })
      rmSync(dirname(paths.socket), { recursive: true, force: true })
    })
    return paths
  }

  test('the socket lies in a directory that only its owner can enter', async () => {
    const paths = elsewhere()
    expect(dirname(dirname(paths.socket))).toBe('/tmp')
    await using _control = await serveControl(paths, COMMANDS)
    expect(statSync(dirname(paths.socket)).mode & 0o777).toBe(0o700)
    expect(await tellDaemon(paths, 'status', {})).toEqual({ pid: 1 })
  })

  test('a directory that another user has made before is not used, nor what their link leads to', needs('another user'), async () => {
    const paths = elsewhere()
    const place = dirname(paths.socket)
    mkdirSync(place, { mode: 0o777 })
    chownSync(place, OTHER_USER, OTHER_USER)
    await using _other = await serveAsOther(paths.socket, { pid: 666 })
    await expect(serveControl(paths, COMMANDS)).rejects.toMatchObject({ code: 'not_trusted' })
    await expect(tellDaemon(paths, 'status', {})).rejects.toMatchObject({ code: 'not_trusted' })

    rmSync(place, { recursive: true })
    mkdirSync(paths.state, { mode: 0o700 })
    const link = spawn('ln', ['-s', paths.state, place], { uid: OTHER_USER, gid: OTHER_USER, cwd: '/' })
    expect(await once(link, 'exit')).toEqual([0, null])
    expect(() => prepareSocket(paths)).toThrow(/belongs to user 65534/)
    await expect(serveControl(paths, COMMANDS)).rejects.toMatchObject({ code: 'not_trusted' })
    expect(readdirSync(paths.state)).toEqual([])
  })
})

test('a directory whose owner is a stranger is never made ours', needs('another user'), () => {
  const { home, state } = makeHome()
  mkdirSync(state, { mode: 0o777 })
  chownSync(state, OTHER_USER, OTHER_USER)
  expect(() => makePrivate(state, home)).toThrow(/belongs to user 65534/)
  expect(statSync(state).uid).toBe(OTHER_USER)
})
