import { closeSync, openSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { CONTAINMENTS, NAMESPACES } from '../../test/helpers/containments.ts'
import { allOf, newPlace, type Place } from '../../test/helpers/fixture-agent.ts'
import { needs } from '../../test/helpers/needs.ts'
import { SYSTEM_PATH } from '../../test/helpers/process.ts'
import { exitWithin, findContainment, type Mount, SWEEP } from './containment.ts'
import { startProcess } from './exec.ts'
import { findProgram } from './find-program.ts'

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

describe.skipIf(process.platform !== 'linux')('a containment is chosen by what the machine can do', () => {
  const namespace = (tool: string, mounts: boolean) => ({ tool, mounts, prefix: expect.any(Function) })

  test('namespaces by bwrap are the best, since they keep files too', needs('bwrap'), async () => {
    expect(await findContainment('auto', SYSTEM_PATH)).toEqual({ namespace: namespace('bwrap', true), lacking: [] })
  })

  test('unshare makes a PID namespace where bwrap cannot be used', needs('pid namespace'), async () => {
    const path = await pathOf({ unshare: 'unshare', setpriv: 'setpriv', setsid: 'setsid', sh: 'sh' })
    expect(await findContainment('auto', path)).toEqual({ namespace: namespace('unshare', false), lacking: ['bwrap is not installed'] })
  })

  test('without either there is the sweep, and the reasons are told', async () => {
    const lacking = ['bwrap is not installed', 'unshare is not installed']
    expect(await findContainment('auto', place.path)).toEqual({ namespace: undefined, lacking })
    expect(await findContainment('namespace', place.path)).toEqual({ namespace: undefined, lacking })
  })

  test('a tool that does not do what it should is not trusted', async () => {
    const path = await pathOf({ unshare: 'false', setpriv: 'false', setsid: 'setsid', sh: 'sh', bwrap: 'true' })
    const lacking = ['bwrap makes no namespace: a trial ended with 0', 'unshare makes no namespace: a trial ended with 1']
    expect(await findContainment('auto', path)).toEqual({ namespace: undefined, lacking })
  })

  test('the sweep can be demanded', async () => {
    expect(await findContainment('sweep', SYSTEM_PATH)).toBe(SWEEP)
  })
})

describe.skipIf(process.platform !== 'linux')('a program in a namespace', () => {
  test.each(NAMESPACES)('has an id that others elsewhere do not have: $name', async ({ find }) => {
    const containment = await find()
    const ids = await Promise.all(
      Array.from({ length: 4 }, async () => {
        const running = startProcess({ file: 'sh', args: ['-c', 'echo $$'], cwd: '/', env: { PATH: SYSTEM_PATH }, stdin: '', containment })
        return (await allOf(running.stdout)).map(Number)
      }),
    )
    expect(new Set(ids.flat()).size).toBe(4)
  })

  test('sees nothing that a shell such as bash adds to the environment', needs('pid namespace'), async () => {
    const path = await pathOf({ unshare: 'unshare', setpriv: 'setpriv', setsid: 'setsid', sh: 'bash' })
    const containment = await findContainment('namespace', path)
    const env = { PATH: SYSTEM_PATH, 'odd.name': 'kept' }
    const running = startProcess({ file: 'env', args: [], cwd: '/', env, stdin: '', containment })
    expect((await allOf(running.stdout)).sort()).toEqual([`PATH=${SYSTEM_PATH}`, 'odd.name=kept'])
  })

  test('has no capability to undo its mounts, and none to gain', needs('bwrap'), async () => {
    const status = await inMounts([], 'grep -E "^(CapEff|CapPrm|NoNewPrivs)" /proc/self/status')
    const [permitted = 0n, effective = 0n] = status.slice(0, 2).map((line) => BigInt(`0x${line.split('\t')[1]}`))
    const SYS_ADMIN = 1n << 21n
    const SYS_PTRACE = 1n << 19n
    const SYS_MODULE = 1n << 16n
    expect([permitted, effective].map((set) => set & (SYS_ADMIN | SYS_PTRACE | SYS_MODULE))).toEqual([0n, 0n])
    expect(status[2]).toMatch(/NoNewPrivs:\s1/)
  })

  test('finds what is pinned, read-only, empty or shown from elsewhere as it is told, and cannot change that', needs('bwrap'), async () => {
    for (const name of ['pinned', 'kept', 'empty/inside', 'other']) await mkdir(join(place.path, name), { recursive: true })
    for (const name of ['pinned/file', 'kept/file', 'empty/inside/file', 'empty/secret', 'other/file'])
      await writeFile(join(place.path, name), name)
    const at = (name: string) => join(place.path, name)
    const mounts: readonly Mount[] = [
      { as: 'pinned', path: at('pinned') },
      { as: 'read-only', path: at('kept') },
      { as: 'empty', path: at('empty') },
      { as: 'read-only', path: at('empty/inside') },
      { as: 'read-only', path: at('other/file'), from: at('kept/file') },
    ]
    const said = await inMounts(
      mounts,
      `cd ${place.path}; cat pinned/file kept/file empty/inside/file other/file; echo; ls -A empty
      for path in kept/new empty/new empty/inside/new other/file; do (echo new >$path) 2>/dev/null && echo wrote $path; done
      for path in pinned kept empty other/file; do mv $path away 2>/dev/null && echo moved $path; rm -rf $path/. 2>/dev/null; done
      umount kept empty 2>/dev/null && echo unmounted; mount -o remount,rw kept 2>/dev/null && echo remounted
      unshare -Urm umount $PWD/kept 2>/dev/null && echo unmounted in a namespace
      unshare -m umount $PWD/kept 2>/dev/null && echo unmounted in mounts of its own
      echo changed >pinned/file`,
    )
    expect(said).toEqual(['pinned/filekept/fileempty/inside/filekept/file', 'inside'])
    expect(await readFile(at('kept/file'), 'utf8')).toBe('kept/file')
    expect(await readFile(at('empty/secret'), 'utf8')).toBe('empty/secret')
  })
})

describe.skipIf(process.platform !== 'linux').each(CONTAINMENTS)(
  'with $name a program starts in the directory that is held open',
  ({ find, options }) => {
    test('whatever lies at its path by then', options, async () => {
      const [work, moved, other] = ['work', 'moved', 'other'].map((name) => join(place.path, name)) as [string, string, string]
      for (const folder of [work, other]) await mkdir(folder)
      const directory = openSync(work, 'r')
      try {
        await rename(work, moved)
        await symlink(other, work)
        const running = startProcess({
          ...{
            file: 'sh',
            args: ['-c', 'echo here >note; for fd in /proc/self/fd/*; do [ -d $fd ] && readlink $fd; done'],
            cwd: work,
            directory,
            env: { PATH: SYSTEM_PATH },
            stdin: '',
          },
          containment: await find(),
        })
        // No open directory leads out of the mounts.
        expect(await allOf(running.stdout)).toEqual([])
        await running.exited
        expect([await readdir(moved), await readdir(other)]).toEqual([['note'], []])
      } finally {
        closeSync(directory)
      }
    })
  },
)

/** What a shell prints that finds these mounts, line by line. */
async function inMounts(mounts: readonly Mount[], script: string): Promise<string[]> {
  const containment = await findContainment('namespace', SYSTEM_PATH)
  const running = startProcess({
    ...{ file: 'sh', args: ['-c', script], cwd: '/', env: { PATH: SYSTEM_PATH }, stdin: '' },
    ...{ containment, mounts: () => mounts },
  })
  return allOf(running.stdout)
}

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
