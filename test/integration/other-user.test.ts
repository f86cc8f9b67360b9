import { spawnSync } from 'node:child_process'
import { chmod, chown, mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { expect, test } from 'vitest'
import { identify } from '../../src/lib/process-identity.ts'
import type { Home } from '../helpers/home.ts'
import { needs } from '../helpers/needs.ts'
import { OTHER_USER, serveAsOther } from '../helpers/other-user.ts'
import { makeStandInHome, taskFile } from '../helpers/stand-in.ts'

/** What another user would have people believe. */
const LIE = { pid: 666, version: '9.9.9', home: '/', since: '2026-11-27T12:00:00.000Z', concurrency: 1, queuedCount: 0 }
const LYING_STATUS = { ...LIE, holds: [], running: [], waiting: [], queued: [], bridges: [] }

/** A home that others can enter, and the state of it as they may have made it. */
async function makeOpenHome(): Promise<Home> {
  const home = await makeStandInHome({ files: { 'tasks/one.task.md': taskFile({}) } })
  for (const folder of [dirname(home.paths.home), home.paths.home]) await chmod(folder, 0o755)
  await mkdir(home.paths.state)
  return home
}

test('a daemon of another user is neither believed nor told anything', needs('another user'), async () => {
  await using home = await makeOpenHome()
  await chown(home.paths.state, OTHER_USER, OTHER_USER)
  await using _other = await serveAsOther(home.paths.socket, LYING_STATUS)

  for (const args of [['status'], ['list'], ['why', 'one'], ['cancel', 'one'], ['pause'], ['start'], ['start', '--once']]) {
    const { code, stdout, stderr } = await home.run(args)
    expect({ code, stdout, stderr }, args.join(' ')).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/belongs to user 65534.*\n.*ls -ld/),
    })
  }
  expect(await home.stateOf('one')).toBe('queued')
})

test('what another user left where everybody could write gives way to the daemon of the home', needs('another user'), async () => {
  await using home = await makeOpenHome()
  await chmod(home.paths.state, 0o777)
  await using _other = await serveAsOther(home.paths.socket, LYING_STATUS)
  const dead = { ...identify(process.pid), pid: spawnSync(process.execPath, ['-e', '']).pid, since: LIE.since, version: LIE.version }
  await writeFile(home.paths.lock, JSON.stringify(dead))

  const daemon = home.start(['start'])
  await daemon.until(/watching/)
  expect((await stat(home.paths.state)).mode & 0o777).toBe(0o700)
  expect(JSON.parse((await home.run(['status', '--json'])).stdout)).toMatchObject({ daemon: { pid: daemon.pid } })
  expect(await home.waitForResult('one')).toMatchObject({ status: 'completed' })
  expect(JSON.parse(await readFile(home.paths.lock, 'utf8'))).toMatchObject({ pid: daemon.pid })
})
