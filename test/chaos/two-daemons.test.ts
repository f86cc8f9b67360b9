import { linkSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { acquireLock } from '../../src/daemon/lock.ts'
import { selfIdentity } from '../../src/lib/process-identity.ts'
import { makeHome } from '../helpers/home.ts'
import { amount } from './form.ts'

const ROUNDS = amount(8, 20, 50)

test(`of two daemons started at once on one home exactly one runs, ${ROUNDS} times, whatever lock lies there`, async () => {
  await using home = await makeHome({ files: { 'tasks/.keep': '' } })
  for (let round = 0; round < ROUNDS; round++) {
    if (round % 2 === 1) leaveStaleLock(home.paths.lock, round % 4 === 3)
    const daemons = [home.start(['start']), home.start(['start'])]
    const first = await Promise.race(daemons.map(async (daemon) => ({ ended: await daemon.exited, loser: daemon })))
    const winner = daemons.find((daemon) => daemon !== first.loser)

    expect(first.ended).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining(`process ${winner?.pid}`) })
    await winner?.until(/ready|watching/i)
    expect(await winner?.stop(), `round ${round}`).toMatchObject({ code: 0 })
    expect(readdirSync(home.paths.state).filter((name) => name.startsWith('daemon.json'))).toEqual([])
  }
})

test('a lock that a killed daemon of the same pid left in the middle of taking it is no lock', async () => {
  const state = await mkdtemp(join(tmpdir(), 'lock-'))
  const path = join(state, 'daemon.json')
  leaveStaleLock(path, false)
  linkSync(path, `${path}.${process.pid}`)

  const lock = await acquireLock(path, '1.0.0')
  expect(lock.holder).toMatchObject(selfIdentity())
  expect(readdirSync(state)).toEqual(['daemon.json'])
  await lock[Symbol.asyncDispose]()
  expect(readdirSync(state)).toEqual([])
  await rm(state, { recursive: true })
})

/** The lock of a process that lives no more, and what it leaves when it dies while it takes over another one. */
function leaveStaleLock(path: string, inTakeover: boolean): void {
  mkdirSync(join(path, '..'), { recursive: true })
  const dead = { ...selfIdentity(), started: '1', since: new Date().toISOString(), version: '1.0.0' }
  writeFileSync(path, JSON.stringify(dead))
  if (inTakeover) for (const name of [`${path}.takeover`, `${path}.${dead.pid}`]) writeFileSync(name, JSON.stringify(dead))
}
