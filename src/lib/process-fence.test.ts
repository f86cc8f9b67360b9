import { mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { allOf, newPlace, type Place } from '../../test/helpers/fixture-agent.ts'
import { needs } from '../../test/helpers/needs.ts'
import { SYSTEM_PATH } from '../../test/helpers/process.ts'
import { startProcess } from './exec.ts'
import { findProgram } from './find-program.ts'
import { exitWithin, raiseFence, SWEEP } from './process-fence.ts'

let place: Place

beforeEach(async () => {
  place = await newPlace()
})
afterEach(() => place[Symbol.asyncDispose]())

/** A PATH on which only these programs are: their names, and what they are there. */
async function pathOf(programs: Readonly<Record<string, string>>): Promise<string> {
  const folder = join(place.path, 'bin')
  await mkdir(folder)
  for (const [name, program] of Object.entries(programs)) {
    const found = findProgram(program, { path: process.env.PATH, cwd: '/' })
    if (!found.ok) throw new Error(`${program} is not there`)
    await symlink(found.path, join(folder, name))
  }
  return folder
}

describe.skipIf(process.platform !== 'linux')('a fence is chosen by what the machine can do', () => {
  test('a namespace by unshare is the best', needs('pid namespace'), async () => {
    expect(await raiseFence('auto', SYSTEM_PATH)).toEqual({ namespace: { tool: 'unshare', prefix: expect.any(Function) }, lacking: [] })
  })

  test('bwrap makes one where unshare cannot be used', needs('bwrap'), async () => {
    const path = await pathOf({ unshare: 'unshare', bwrap: 'bwrap', setsid: 'setsid', sh: 'sh' })
    expect(await raiseFence('auto', path)).toEqual({
      namespace: { tool: 'bwrap', prefix: expect.any(Function) },
      lacking: ['unshare cannot be used without setpriv'],
    })
  })

  test('without either there is the sweep, and the reasons are told', async () => {
    const lacking = ['unshare is not installed', 'bwrap is not installed']
    expect(await raiseFence('auto', place.path)).toEqual({ namespace: undefined, lacking })
    expect(await raiseFence('namespace', place.path)).toEqual({ namespace: undefined, lacking })
  })

  test('a tool that does not do what it should is not trusted', async () => {
    const path = await pathOf({ unshare: 'false', setpriv: 'false', setsid: 'setsid', sh: 'sh', bwrap: 'true' })
    const lacking = ['unshare makes no namespace: a trial ended with 1', 'bwrap makes no namespace: a trial ended with 0']
    expect(await raiseFence('auto', path)).toEqual({ namespace: undefined, lacking })
  })

  test('the sweep can be demanded', async () => {
    expect(await raiseFence('sweep', SYSTEM_PATH)).toBe(SWEEP)
  })
})

describe.skipIf(process.platform !== 'linux')('a program in a namespace', needs('pid namespace'), () => {
  test('has an id that others elsewhere do not have', async () => {
    const { namespace } = await raiseFence('namespace', SYSTEM_PATH)
    const ids = await Promise.all(
      Array.from({ length: 4 }, async () => {
        const fence = { namespace, lacking: [] }
        const running = startProcess({ file: 'sh', args: ['-c', 'echo $$'], cwd: '/', env: { PATH: SYSTEM_PATH }, stdin: '', fence })
        return (await allOf(running.stdout)).map(Number)
      }),
    )
    expect(new Set(ids.flat()).size).toBe(4)
  })

  test('sees nothing that a shell such as bash adds to the environment', async () => {
    const path = await pathOf({ unshare: 'unshare', setpriv: 'setpriv', setsid: 'setsid', sh: 'bash' })
    const fence = await raiseFence('namespace', path)
    const env = { PATH: SYSTEM_PATH, 'odd.name': 'kept' }
    const running = startProcess({ file: 'env', args: [], cwd: '/', env, stdin: '', fence })
    expect((await allOf(running.stdout)).sort()).toEqual([`PATH=${SYSTEM_PATH}`, 'odd.name=kept'])
  })
})

describe('the exit of a namespace tells', () => {
  const exit = (code: number, stderr = '') => exitWithin({ code, signal: undefined, stderr })
  const refused = (code: string, message: string) => ({ code: undefined, signal: undefined, stderr: '', startError: { code, message } })

  test('the status of the program, and its signal', () => {
    expect([exit(0), exit(3, 'oops\n'), exit(143), exit(255)]).toEqual([
      { code: 0, signal: undefined, stderr: '' },
      { code: 3, signal: undefined, stderr: 'oops\n' },
      { code: undefined, signal: 'SIGTERM', stderr: '' },
      { code: 255, signal: undefined, stderr: '' },
    ])
    expect(exitWithin({ code: undefined, signal: 'SIGKILL', stderr: '' })).toEqual({ code: undefined, signal: 'SIGKILL', stderr: '' })
  })

  test('a namespace that could not be made, which may pass, and a program that could not be started', () => {
    expect(exit(1, 'unshare: unshare failed: No space left on device\n')).toEqual(
      refused('EAGAIN', 'unshare: unshare failed: No space left on device'),
    )
    expect(exit(127, 'setsid: failed to execute agent: No such file or directory\n')).toEqual(
      refused('ENOENT', 'setsid: failed to execute agent: No such file or directory'),
    )
    expect(exit(126, 'setsid: failed to execute agent: Exec format error\n')).toMatchObject({ startError: { code: 'EACCES' } })
  })

  test('what a program says of such a tool among other things is its own business', () => {
    const stderr = 'make: error\nunshare: unshare failed\n'
    expect([exit(1, stderr), exit(0, 'setsid: note\n')]).toEqual([
      { code: 1, signal: undefined, stderr },
      { code: 0, signal: undefined, stderr: 'setsid: note\n' },
    ])
  })
})
