import { mkdir, mkdtemp, realpath, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { needs } from '../../test/helpers/needs.ts'
import { homePaths, isHome, resolveHome, runPaths } from './home.ts'

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

test('the home is where links lead to at the start, so that one that is turned later leads nobody elsewhere', needs('posix'), async () => {
  await mkdir(join(directory, 'real'))
  await symlink(join(directory, 'real'), join(directory, 'alias'))
  expect(resolveHome({ flag: join(directory, 'alias') })).toBe(join(directory, 'real'))
  expect(resolveHome({ flag: join(directory, 'new') })).toBe(join(directory, 'new'))
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

describe('the sockets of a home', () => {
  const RUN = '20261127-120000000-abcd'
  const socketsOf = (home: string) => [homePaths(home).socket, runPaths(homePaths(home), RUN).socket]
  const onPlatform = (platform: NodeJS.Platform) => {
    const real = process.platform
    Object.defineProperty(process, 'platform', { value: platform })
    onTestFinished(() => void Object.defineProperty(process, 'platform', { value: real }))
  }

  test('lie in it on Linux, however long its path is', needs('posix'), () => {
    onPlatform('linux')
    const long = join(directory, 'long'.repeat(30))
    for (const home of ['/h', long])
      expect(socketsOf(home)).toEqual([`${home}/.orchestrator/control.sock`, `${home}/.orchestrator/run/${RUN}/control.sock`])
  })

  test(
    'lie elsewhere in a directory of a fixed place where its path is too long, the same for every way to spell the home',
    needs('posix'),
    async () => {
      onPlatform('darwin')
      const long = join(directory, 'long'.repeat(30))
      const link = join(directory, 'link'.repeat(30))
      await mkdir(long)
      await symlink(long, link)

      expect(socketsOf('/h')).toEqual(['/h/.orchestrator/control.sock', `/h/.orchestrator/run/${RUN}/control.sock`])
      const [control, run] = socketsOf(long)
      expect(control).toMatch(new RegExp(`^/tmp/orchestrator-${process.getuid?.()}-[0-9a-f]{16}/control\\.sock$`))
      expect(run).toBe(join(dirname(control ?? ''), `run-${RUN}.sock`))
      expect(socketsOf(link)).toEqual([control, run])
      expect(socketsOf(join(directory, 'other'.repeat(30)))[0]).not.toBe(control)
    },
  )

  test('of runs lie below `run/` whatever the id says', () => {
    const { run } = homePaths(directory)
    for (const id of ['../../../evil', '..', '.', '', '/etc', 'a/b', 'a\\b', 'x'.repeat(300), 'ü', 'a\0b']) {
      const paths = runPaths(homePaths(directory), id)
      expect(dirname(paths.directory), id).toBe(run)
      expect(basename(paths.directory), id).toMatch(/^[0-9a-f]{16}$/)
    }
  })
})
