import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { until } from '../../test/helpers/until.ts'
import { identify, isAlive, selfIdentity } from './process-identity.ts'

test('this process is alive and is always the same', () => {
  const self = selfIdentity()
  expect(self).toEqual({ pid: process.pid, started: expect.stringMatching(/./), boot: expect.any(String) })
  expect(identify(process.pid)).toEqual(self)
  expect(isAlive(self)).toBe(true)
})

test('a process that has ended is not alive', async () => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore', env: {} })
  const identity = identify(child.pid ?? 0)
  if (identity === undefined) throw new Error('a living process was not found')
  expect(isAlive(identity)).toBe(true)
  child.kill('SIGKILL')
  await once(child, 'close')
  expect(isAlive(identity)).toBe(false)
  expect(identify(identity.pid)).toBeUndefined()
})

test('another start or another boot is another process', () => {
  const self = selfIdentity()
  expect(isAlive({ ...self, started: `${self.started}1` })).toBe(false)
  expect(isAlive({ ...self, boot: 'another' })).toBe(false)
})

test.skipIf(process.platform === 'win32')('a zombie is identified and is not alive', async () => {
  // The shell becomes a program that never reaps what the shell has started, and says so once it has.
  const becomes = `exec '${process.execPath}' -e 'console.log("ready"); setTimeout(() => {}, 60_000)'`
  const child = spawn('/bin/sh', ['-c', `/bin/sleep 60 & echo $!; ${becomes}`], { stdio: ['ignore', 'pipe', 'ignore'], env: {} })
  try {
    let said = ''
    for await (const part of child.stdout) {
      said += part
      if (said.endsWith('ready\n')) break
    }
    const pid = Number.parseInt(said, 10)
    process.kill(pid, 'SIGKILL')
    await until(() => {
      const identity = identify(pid)
      if (identity === undefined) throw new Error('the zombie is gone')
      expect(isAlive(identity)).toBe(false)
    })
  } finally {
    child.kill('SIGKILL')
  }
})
