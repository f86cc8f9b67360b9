import { lchown, readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Home } from '../helpers/home.ts'
import { needs } from '../helpers/needs.ts'
import { makeStandInHome, release, taskFile } from '../helpers/stand-in.ts'
import { until } from '../helpers/until.ts'

const SLEEPER = 'sleep 300'

/** Waits until the agent has started its sleeper. */
async function untilAsleep(home: Home): Promise<void> {
  await until(async () => expect(await home.processes()).toContain(SLEEPER))
}

/** Users of a daemon besides the one that runs the tests: only root can choose. */
const USERS = process.getuid?.() === 0 ? [{}, { uid: 4321 }] : [{}]

describe.skipIf(process.platform !== 'linux')('after kill -9 of the daemon', () => {
  test.each(USERS)(
    'nothing of an attempt is left with a PID namespace, and the next start goes on: %o',
    needs('pid namespace'),
    async (user) => {
      await using home = await makeStandInHome({ env: { PROCESS_FENCE: 'namespace' } })
      await home.drop('busy', taskFile({}, 'Work.\nplay: sleeper=300 until=released'))
      await giveTo(user, home)
      const daemon = home.start(['start'], user)
      await untilAsleep(home)

      await daemon.stop('SIGKILL')
      await until(async () => expect(await home.processes()).toEqual([]))

      await release(home, 'released')
      expect(await home.run(['start', '--once'], user)).toMatchObject({ code: 0 })
      expect(await home.waitForResult('busy')).toMatchObject({
        status: 'completed',
        attempts: [{ outcome: 'interrupted' }, { outcome: 'completed' }],
      })
      expect(await home.processes()).toEqual([])
    },
  )

  test('the next start ends what is left with the sweep', async () => {
    await using home = await makeStandInHome({ env: { PROCESS_FENCE: 'sweep' } })
    const daemon = home.start(['start'])
    await home.drop('busy', taskFile({}, 'Work.\nplay: sleeper=300 until=released'))
    await untilAsleep(home)

    await daemon.stop('SIGKILL')
    expect(await home.processes()).toContain(SLEEPER)

    await release(home, 'released')
    expect(await home.run(['start', '--once'])).toMatchObject({ code: 0 })
    expect(await home.waitForResult('busy')).toMatchObject({ status: 'completed' })
    expect(await home.processes()).toEqual([])
  })
})

test.skipIf(process.platform !== 'linux').each(USERS)(
  'a task in a PID namespace is cancelled: %o',
  needs('pid namespace'),
  async (user) => {
    await using home = await makeStandInHome({ env: { PROCESS_FENCE: 'namespace' } })
    await home.drop('busy', taskFile({}, 'Work.\nplay: sleeper=300 until=doomsday'))
    await giveTo(user, home)
    const daemon = home.start(['start'], user)
    await untilAsleep(home)

    expect(await home.run(['cancel', 'busy'])).toMatchObject({ code: 0 })
    expect(await home.waitForResult('busy')).toMatchObject({ status: 'cancelled' })
    expect(await home.processes()).toEqual([expect.stringContaining('orchestrator.js start')])
    expect(await daemon.stop()).toMatchObject({ code: 0 })
  },
)

test.skipIf(process.platform === 'win32')('a daemon that is to have a namespace and cannot does not start', async () => {
  await using home = await makeStandInHome({ env: { PROCESS_FENCE: 'namespace' } })
  await home.drop('quick', taskFile({}))
  const { code, stderr } = await home.run(['start', '--once'], { env: { PATH: join(dirname(home.paths.home), 'bin') } })
  expect({ code, stderr }).toEqual({
    code: 2,
    stderr: expect.stringContaining('PROCESS_FENCE=namespace: no PID namespace can be had here: '),
  })
  expect(await home.stateOf('quick')).toBe('queued')
})

async function giveTo({ uid }: { readonly uid?: number }, home: Home): Promise<void> {
  if (uid === undefined) return
  const folder = dirname(home.paths.home)
  for (const name of await readdir(folder, { recursive: true })) await lchown(join(folder, name), uid, uid)
  await lchown(folder, uid, uid)
}
