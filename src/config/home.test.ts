import { mkdir, mkdtemp, realpath, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { homePaths, isHome, resolveHome } from './home.ts'

let directory: string

beforeEach(async () => {
  directory = await realpath(await mkdtemp(join(tmpdir(), 'home-')))
})

afterEach(() => rm(directory, { recursive: true }))

test('the home is that of the option, else of ORCHESTRATOR_HOME, else the current directory; empty counts as not given', () => {
  expect([
    resolveHome({ flag: 'x', env: { ORCHESTRATOR_HOME: '/y' } }),
    resolveHome({ flag: '', env: { ORCHESTRATOR_HOME: '/y' } }),
    resolveHome({ env: { ORCHESTRATOR_HOME: '' } }),
  ]).toEqual([resolve('x'), resolve('/y'), process.cwd()])
})

test('a directory is a home when it has an inbox', async () => {
  expect(isHome(directory)).toBe(false)
  await mkdir(join(directory, 'tasks'))
  expect(isHome(directory)).toBe(true)
  expect(isHome(join(directory, 'nowhere'))).toBe(false)
})

test('every path lies in the home', () => {
  const { home, ...paths } = homePaths(directory)
  expect(home).toBe(directory)
  for (const path of Object.values(paths).filter((path) => path !== paths.socket)) expect(path.startsWith(directory)).toBe(true)
})

test.skipIf(process.platform === 'win32')(
  'the control socket lies in the home as long as its path is short enough for every system',
  async () => {
    const long = join(directory, 'long'.repeat(30))
    await mkdir(long)
    await symlink(long, join(directory, 'link'.repeat(30)))

    expect(homePaths('/h').socket).toBe('/h/.orchestrator/control.sock')
    expect(dirname(homePaths(long).socket)).toBe(tmpdir())
    expect(Buffer.byteLength(homePaths(long).socket) - Buffer.byteLength(tmpdir())).toBeLessThan(50)
    expect(homePaths(join(directory, 'link'.repeat(30))).socket).toBe(homePaths(long).socket)
    expect(homePaths(join(directory, 'other'.repeat(30))).socket).not.toBe(homePaths(long).socket)
  },
)
